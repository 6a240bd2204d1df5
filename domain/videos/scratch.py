"""Temporary folders of the pipeline, removed even after a kill.

A folder is in use while its lock is held, which the system releases with the process; whoever
opens the next one removes those that nobody holds.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LOCK: Final = ".lock"
_LOCKED_WITHIN_S: Final = 10  # of its creation, on the slowest machine


class Scratch:
    """The pipeline's folder in a home."""

    def __init__(self, home: Path) -> None:
        self._root = home / "videos"

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """Create a folder, and remove it afterwards."""
        self._root.mkdir(parents=True, exist_ok=True)
        self.sweep()
        path = Path(tempfile.mkdtemp(dir=self._root))
        try:
            with (path / _LOCK).open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def sweep(self) -> None:
        """Remove the folders of processes that are gone."""
        if not self._root.is_dir():
            return
        with tempfile.TemporaryFile(dir=self._root) as now:  # by the file system's clock
            created_before = os.fstat(now.fileno()).st_mtime - _LOCKED_WITHIN_S
        for path in self._root.glob("*/"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < created_before and not _is_held(path):
                    shutil.rmtree(path, ignore_errors=True)


def _is_held(path: Path) -> bool:
    try:
        lock = (path / _LOCK).open("rb")
    except FileNotFoundError:  # its process was killed while it made or removed the folder
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
