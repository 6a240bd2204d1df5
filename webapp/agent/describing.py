"""What a new moment says: title, tags, commit and metadata, with secrets masked."""

import argparse
import socket
from collections.abc import Callable, Mapping
from typing import Any

from webapp.agent.ci import build_of
from webapp.agent.content import Content, pattern_of
from webapp.agent.git import Commit
from webapp.agent.masking import mask

_MOST_TITLE = 200


def body_of(
    options: argparse.Namespace,
    content: Content,
    commit: Commit | None,
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """Return the new moment, with its texts masked."""
    findings = sum(each.findings for each in content.uploads)
    also = pattern_of(options)

    def clean(text: str) -> str:
        nonlocal findings
        masked = mask(text, also)
        findings += masked.findings
        return text if options.no_mask else masked.text

    subject = commit.message.partition("\n")[0] if commit else ""
    title = options.title or subject or content.title or f"Capture of {socket.gethostname()}"
    body: dict[str, Any] = {
        "title": clean(title)[:_MOST_TITLE],
        "description": clean(options.description),
        "tags": options.tag,
    }
    if commit:
        body |= _git_fields(commit, clean)
    metadata: dict[str, Any] = {"agent": {"unmasked" if options.no_mask else "masked": findings}}
    if commit and commit.repository:
        metadata["repository"] = commit.repository
    if commit and commit.is_dirty:
        metadata["uncommitted"] = True
    if commit:
        metadata |= {"gitMergeBase": commit.merge_base, "gitAncestors": commit.ancestors}
    if options.partial:
        metadata["partial"] = True
    if build_url := build_of(environment).url:
        metadata["build"] = build_url
    return body | {"metadata": metadata}


def _git_fields(commit: Commit, clean: Callable[[str], str]) -> dict[str, Any]:
    fields = {
        "gitBranch": commit.branch,
        "gitCommitHash": commit.hash,
        "gitCommitMessage": clean(commit.message)[:20_000],
        "gitAuthor": commit.author[:500],
        "gitAuthorEmail": commit.author_email[:500],
        "gitCommitDate": commit.date,
        "gitDiff": clean(commit.diff) if commit.diff else None,
    }
    return {name: value for name, value in fields.items() if value}
