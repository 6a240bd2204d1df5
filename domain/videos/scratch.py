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

_LOCK = ".lock"


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
        for path in self._root.glob("*/"):
            try:
                lock = (path / _LOCK).open("rb")
            except OSError:  # just created; an empty one is a few bytes
                with contextlib.suppress(OSError):
                    if _age_s(path) > 60:
                        path.rmdir()
                continue
            with lock, contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)


def _age_s(path: Path) -> float:
    """Return a folder's age by the file system's clock."""
    with tempfile.TemporaryFile(dir=path.parent) as now:
        return os.fstat(now.fileno()).st_mtime - path.stat().st_mtime
