"""`capture`: pages, the screen and files, with the commit, as one moment."""

import argparse
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from webapp.agent import files, journal, page
from webapp.agent.ci import build_of
from webapp.agent.commands.sending import finish, pattern_of, sender_of
from webapp.agent.errors import UsageError
from webapp.agent.files import Upload
from webapp.agent.git import Commit, commit_of
from webapp.agent.masking import mask
from webapp.agent.page import PageOptions
from webapp.agent.settings import state_dir

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_MOST_TITLE = 200


@dataclass(slots=True)
class Content:
    """What was captured."""

    uploads: list[Upload] = field(default_factory=list)
    title: str = ""
    warnings: list[str] = field(default_factory=list)


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Capture, send and print the links."""
    share_s = lifetime_of(options.share) if options.share else None
    sender = sender_of(options, environment)  # wrong settings are reported before a long capture
    if share_s and sender.is_vm:
        raise UsageError("A VM cannot share. Set MOMENTS_TOKEN to a person's token for --share.")
    with journal.new_folder(state_dir(environment)) as folder:
        content = _content(options, environment, folder)
        commit = None if options.no_git else _commit(options, environment)
        body = body_of(options, content, commit, build_of(environment).url)
        entry = sender.create(body, content.uploads, folder)
        return finish(options, sender, entry, content.warnings, share_s=share_s)


def lifetime_of(text: str) -> int:
    """Return the seconds of an age such as `12h`."""
    match = re.fullmatch(r"(\d{1,4})([mhdw])", text)
    if match is None or not int(match[1]):
        raise UsageError("Give an age as a number and m, h, d or w, for example 12h or 30d.")
    return int(match[1]) * _UNITS[match[2]]


def _content(options: argparse.Namespace, environment: Mapping[str, str], folder: Path) -> Content:
    content = Content()
    given = files.expand(options.file)
    _add_pages(content, options, environment, folder)
    content.uploads += files.prepare(
        given, folder, pattern_of(options), is_masked=not options.no_mask
    )
    if not content.uploads:
        raise UsageError("There is nothing to send: name a page with --url or files with --file.")
    return content


def _add_pages(
    content: Content, options: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> None:
    width, height = page.size_of(options.size)
    how = PageOptions(
        width,
        height,
        is_full=options.full_page,
        is_dark=options.dark,
        hidden=options.mask,
        timeout_s=options.timeout,
    )
    for number, url in enumerate(options.url):
        shot = page.capture(url, how, environment)
        content.title = content.title or shot.title
        content.warnings += [shot.warning] if shot.warning else []
        name = _name(url, number)
        path = folder / f"page-{number}.png"
        path.write_bytes(shot.png)
        content.uploads.append(Upload(path, name, "image/png", "screenshot"))


def _name(url: str, number: int) -> str:
    words = re.sub(r"^\w+://[^/]*/?|[?#].*$", "", url)
    plain = re.sub(r"[^\w.-]+", "-", words).strip("-.")[:80]
    return f"{plain or f'page-{number + 1}'}.png"


def _commit(options: argparse.Namespace, environment: Mapping[str, str]) -> Commit | None:
    build = build_of(environment)
    if options.base:
        build = replace(build, base_branch=options.base, base_commit=None)
    return commit_of(Path(options.repo), build, options.diff)


def body_of(
    options: argparse.Namespace, content: Content, commit: Commit | None, build_url: str | None
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
    if build_url:
        metadata["build"] = build_url
    return body | {"metadata": metadata}


def _git_fields(commit: Commit, clean: Any) -> dict[str, Any]:  # noqa: ANN401 (a closure)
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
