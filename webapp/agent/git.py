"""A repository's facts, read with the `git` command; nothing is written to it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from webapp.agent.ci import Build
from webapp.agent.errors import AgentError, UsageError

DiffOf = Literal["commit", "worktree", "branch", "none"]
MAX_DIFF = 1_000_000  # characters that the server takes
_CUT = "\n# The rest of this diff was left out: it is longer than a million characters.\n"
_QUIET = ("-c", "core.quotepath=off", "-c", "diff.external=", "-c", "color.ui=never")
_PATCH = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")
_TIMEOUT_S = 60
_MOST_ANCESTORS = 1000  # that the server takes
_KEY_CHARS = 12


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and where it is; unknown fields are None."""

    hash: str
    message: str
    author: str
    author_email: str
    date: str  # ISO 8601
    branch: str | None = None
    repository: str | None = None  # its address, without credentials
    diff: str | None = None
    is_dirty: bool = False
    merge_base: str | None = None
    ancestors: Sequence[str] = ()  # of the merge base, which is the first, newest first


def commit_of(folder: Path, build: Build, diff_of: DiffOf) -> Commit | None:
    """Return the commit that a folder shows; None outside a repository or before the first commit.

    Raises:
        UsageError: The wanted diff has no base.
    """
    if shutil.which("git") is None or _git(folder, "rev-parse", "--git-dir") is None:
        return None
    shown = build.commit if build.commit and _exists(folder, build.commit) else "HEAD"
    text = _git(folder, "show", "-s", "--format=%H%x00%B%x00%an%x00%ae%x00%cI", shown)
    if not text:
        return None
    commit_hash, message, author, email, date = text.rstrip("\n").split("\0")
    # A shallow checkout lacks the pull request's own commit; its name is what people know.
    commit = Commit(build.commit or commit_hash, message.strip(), author, email, date)
    base = merge_base(folder, commit_hash, build)
    return replace(
        commit,
        merge_base=base,
        ancestors=ancestors(folder, base or commit_hash),
        branch=build.branch or branch_of(folder),
        repository=_repository(folder),
        diff=_diff(folder, commit_hash, build, diff_of),
        is_dirty=bool(_git(folder, "status", "--porcelain", "--untracked-files=no")),
    )


def head_of(folder: Path) -> str | None:
    """Return the checked-out commit."""
    return (_git(folder, "rev-parse", "--verify", "--quiet", "HEAD") or "").strip() or None


def hooks_of(folder: Path) -> Path | None:
    """Return a repository's folder of hooks."""
    found = _git(folder, "rev-parse", "--git-path", "hooks")
    return folder / found.strip() if found else None


def branch_of(folder: Path) -> str | None:
    """Return the checked-out branch; of a detached HEAD the only branch that points at it."""
    if found := _git(folder, "symbolic-ref", "--short", "-q", "HEAD"):
        return found.strip()
    names = _git(
        folder, "for-each-ref", "--points-at=HEAD", "--format=%(refname:short)", "refs/heads"
    )
    found_names = (names or "").split()
    return found_names[0] if len(found_names) == 1 else None


def _repository(folder: Path) -> str | None:
    address = (_git(folder, "remote", "get-url", "origin") or "").strip()
    # A checkout in CI often has a token in the address.
    return re.sub(r"^(\w+://)[^/@]*@", r"\1", address) or None


def _diff(folder: Path, commit_hash: str, build: Build, diff_of: DiffOf) -> str | None:
    if diff_of == "none":
        return None
    if diff_of == "worktree":
        return _bounded(folder, "diff", *_PATCH, "HEAD")
    if diff_of == "branch":
        base = merge_base(folder, commit_hash, build)
        if base is None:
            raise UsageError(
                "The branch's base is unknown. Fetch the base branch, and name it with --base."
            )
        return _bounded(folder, "diff", *_PATCH, base, commit_hash)
    # A merge shows what it brought to the branch that it was merged into.
    return _bounded(folder, "show", "--format=", "-m", "--first-parent", *_PATCH, commit_hash)


def merge_base(folder: Path, commit_hash: str, build: Build) -> str | None:
    """Return the newest commit that a branch shares with its base."""
    named = [build.base_branch] if build.base_branch else ["main", "master"]
    bases = [build.base_commit, *(f"origin/{name}" for name in named), *named]
    for base in bases:
        if base and _exists(folder, base):
            found = _git(folder, "merge-base", commit_hash, base)
            if found:
                return found.strip()
    return None


def ancestors(folder: Path, commit_hash: str) -> list[str]:
    """Return a commit and those before it, newest first, as the server knows them."""
    found = _git(folder, "rev-list", f"--max-count={_MOST_ANCESTORS}", commit_hash) or ""
    return [each[:_KEY_CHARS] for each in found.split()]


def _exists(folder: Path, name: str) -> bool:
    if name.startswith("-"):
        return False
    return bool(_git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))


def _command(folder: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(folder), *_QUIET, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return a command's output, or None if it failed."""
    try:
        done = subprocess.run(
            _command(folder, *arguments),
            capture_output=True,
            env=_environment(),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AgentError("git did not answer within a minute. Try again.") from error
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def _bounded(folder: Path, *arguments: str) -> str:
    """Return a diff; of one that is too long the first whole lines."""
    command = _command(folder, *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as child:
        raw = child.stdout.read(4 * MAX_DIFF) if child.stdout else b""
        child.kill()
    text = raw.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(text) <= MAX_DIFF:
        return text
    return text[: text.rfind("\n", 0, MAX_DIFF - len(_CUT))] + _CUT
