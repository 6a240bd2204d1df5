"""Unfinished captures on disk: a killed agent continues them with `resume`.

Each is a folder with the files that are being sent and `capture.json`, which is written before the
server hears of the capture. Its key makes each request that is repeated after a kill find what the
first one made. It holds signed URLs, so nobody else can read it.
"""

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from webapp.agent.errors import AgentError

_NAME = "capture.json"


@dataclass(slots=True)
class Sending:
    """A file on its way; without a URL the server has not been told of it."""

    path: str
    name: str
    mime_type: str
    asset_type: str
    size: int
    sha256: str
    url: str = ""
    asset_id: str = ""


@dataclass(slots=True)
class Entry:
    """A capture that is being sent; without a moment's id its moment is still to be created."""

    server: str
    title: str
    moment_id: str = ""
    body: dict[str, Any] = field(default_factory=dict)  # of the new moment
    files: list[Sending] = field(default_factory=list)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


def write(folder: Path, entry: Entry) -> None:
    """Save a capture's state; a kill leaves the old state or the new one."""
    draft = folder / f"{_NAME}.tmp"
    draft.write_text(json.dumps(asdict(entry)), "utf-8")
    draft.replace(folder / _NAME)


def read(folder: Path) -> Entry | None:
    """Return a folder's capture; None if it was killed before there was anything to send."""
    try:
        found = json.loads((folder / _NAME).read_text("utf-8"))
        files = [Sending(**each) for each in found.pop("files")]
        return Entry(**found, files=files)
    except (OSError, ValueError, TypeError, KeyError):
        return None


@contextmanager
def new_folder(state: Path) -> Iterator[Path]:
    """Make a capture's folder, which is locked while it is in use and removed once it is sent.

    Raises:
        AgentError: The state folder cannot be written.
    """
    folder = state / f"{os.getpid()}-{os.urandom(4).hex()}"
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise AgentError(
            f"{state} cannot be written: {error.strerror}. Set MOMENTS_AGENT_STATE to a folder."
        ) from error
    try:
        with _locked(folder):
            yield folder
    finally:
        # A capture with bytes still to send stays for `resume`.
        if read(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)


def done(folder: Path) -> None:
    """Forget a capture."""
    (folder / _NAME).unlink(missing_ok=True)


@contextmanager
def unfinished(state: Path) -> Iterator[list[tuple[Path, Entry]]]:
    """Give the captures that no running agent is sending; sent ones are removed afterwards."""
    with ExitStack() as stack:
        found: list[tuple[Path, Entry]] = []
        for folder in sorted(state.glob("*-*")):
            if not stack.enter_context(_locked(folder)):
                continue
            entry = read(folder)
            if entry is None:
                shutil.rmtree(folder, ignore_errors=True)
            else:
                found.append((folder, entry))
        try:
            yield found
        finally:
            for folder, _ in found:
                if read(folder) is None:
                    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock; give whether that was possible. A killed process holds none."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
