"""Atomic files: write beside, fsync, rename, fsync the folder.

A draft is locked while its writer lives, which distinguishes a killed process's leftovers from a
file being written. All of it blocks: call it in a thread.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from domain.core.errors import StorageUnavailable

_PROBE_BYTES = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Translate the operating system's write errors into a sentence.

    Raises:
        StorageUnavailable: The disk is full, read-only or broken.
    """
    try:
        yield
    except (FileNotFoundError, ConnectionError, TimeoutError):
        raise  # not a write error: the body's own
    except OSError as error:
        if error.errno in _FULL:
            raise StorageUnavailable(
                "The server's disk is full. Free some space, then try again.", retry_after_s=30
            ) from error
        raise StorageUnavailable(
            f"The server's disk refuses files ({os.strerror(error.errno or 5)}). Check the disk, "
            "then try again.",
            retry_after_s=30,
        ) from error


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that they survive a crash of the machine."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    sync_folder(folder.parent)


def _locked(incoming: Path) -> tuple[Path, FileIO]:
    """Create and lock a file; if a sweep removed it before the lock, create another."""
    while True:
        path = incoming / f"{uuid.uuid4().hex}.tmp"
        file = path.open("xb", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()


def write_all(file: FileIO, data: bytes) -> None:
    """Write all bytes to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


class Draft:
    """A file that is invisible until published."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path = path
        self._file = file
        self.size = os.fstat(file.fileno()).st_size

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        write_all(self._file, chunk)
        self.size += len(chunk)

    def copy(self, source: Path) -> None:
        """Append a file."""
        with source.open("rb") as reader:
            shutil.copyfileobj(reader, self._file, 1024 * 1024)
        self.size += source.stat().st_size

    def publish(self, target: Path) -> str:
        """Move the file to its place, durably, and return its generation."""
        self._file.flush()
        generation = time.time_ns()
        os.utime(self._file.fileno(), ns=(generation, generation))
        os.fsync(self._file.fileno())
        self._move(target)
        sync_folder(target.parent)
        self._file.close()
        return str(generation)

    def _move(self, target: Path) -> None:
        """Rename; recreate a folder that a concurrent deletion pruned."""
        for attempt in range(5):
            make_folder(target.parent)
            try:
                self._path.replace(target)
            except FileNotFoundError:
                if attempt == 4 or not self._path.exists():
                    raise
            else:
                return

    def discard(self) -> None:
        """Delete the draft; does nothing to a published file."""
        if not self._file.closed:
            self._file.close()
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def draft(incoming: Path) -> Iterator[Draft]:
    """Open a draft that is deleted unless it is published.

    Raises:
        StorageUnavailable: The disk is full, read-only or broken.
    """
    with disk_errors():
        make_folder(incoming)
        made = Draft(*_locked(incoming))
        try:
            yield made
        finally:
            made.discard()


def check_disk(incoming: Path, *, spare_bytes: int = 16 * _PROBE_BYTES) -> None:
    """Probe the disk by writing an invisible megabyte.

    A disk with less than the spare bytes left counts as full: the next clip will not fit.

    Raises:
        StorageUnavailable: The disk is full, read-only or broken.
    """
    with draft(incoming) as probe:
        probe.write(bytes(_PROBE_BYTES))
        disk = os.statvfs(incoming)
        if disk.f_bavail * disk.f_frsize < spare_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sweep_drafts(incoming: Path) -> int:
    """Remove the drafts of processes that died, and return their number."""
    if not incoming.is_dir():
        return 0
    return sum(_remove_dead(path) for path in incoming.glob("*.tmp"))


def _remove_dead(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except OSError:  # its writer lives, or another process was first
        return False
    return True


def remove(path: Path, *, keep: Path) -> None:
    """Remove a file durably, then its empty parent folders, up to one to keep."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return
    sync_folder(path.parent)
    folder = path.parent
    with contextlib.suppress(OSError):  # not empty, or in use again
        while folder != keep and keep in folder.parents:
            folder.rmdir()
            folder = folder.parent
