"""Objects on disk that wait for an unreachable store: one atomic file each.

    {root}/objects/{hash of bucket and key}/{order}.obj

A file is a header of 4096 bytes (JSON, padded) and then the object's bytes, so one rename publishes
both. `order` increases within an object's folder: the newest file is the object, older ones are
superseded. A `deleted` header has no bytes and means: remove the object. The delivering process
holds a lock on the object's folder, across all processes; a kill releases it. All of it blocks.
"""

import contextlib
import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from domain.core.errors import BadInput
from domain.core.log import get_logger
from domain.infra.storage.atomic_files import Draft, draft, make_folder, sweep_drafts, sync_folder

log = get_logger(__name__)

HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """A waiting object, or a waiting deletion."""

    path: Path
    bucket: str
    key: str
    content_type: str
    is_deletion: bool
    size: int

    @property
    def generation(self) -> str:
        """A stand-in for the object's version until the store assigns one."""
        return "spool-" + self.path.stem


class SpoolFolder:
    """The files."""

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self.incoming = root / ".incoming"

    def prepare(self) -> None:
        """Create the folders and remove the leftovers of killed processes."""
        make_folder(self._objects)
        make_folder(self.incoming)
        sweep_drafts(self.incoming)

    def folder(self, bucket: str, key: str) -> Path:
        """Return the folder of an object."""
        return self._objects / sha256(f"{bucket}/{key}".encode()).hexdigest()[:40]

    def holds(self, bucket: str, key: str) -> bool:
        """Return quickly whether an object has anything waiting."""
        return bool(_files(self.folder(bucket, key)))

    def newest(self, bucket: str, key: str) -> Entry | None:
        """Return an object's newest waiting entry, if any."""
        return newest_in(self.folder(bucket, key))

    @contextlib.contextmanager
    def writing(
        self, bucket: str, key: str, content_type: str, *, is_deletion: bool = False
    ) -> Iterator[Draft]:
        """Open an object's draft, with the header written."""
        fields = {"bucket": bucket, "key": key, "type": content_type, "deleted": is_deletion}
        header = json.dumps(fields, ensure_ascii=False).encode()
        if len(header) >= HEADER_BYTES:
            raise BadInput("The content type is too long. Shorten it.")
        with draft(self.incoming) as made:
            made.write(header.ljust(HEADER_BYTES - 1) + b"\n")
            yield made

    def publish(self, made: Draft, bucket: str, key: str) -> Entry:
        """Publish a draft as the newest of its object, durably."""
        folder = self.folder(bucket, key)
        held = _files(folder)
        newest = int(held[-1].stem.partition("-")[0]) if held else 0
        order = max(time.time_ns(), newest + 1)  # even when the clock was set back
        path = folder / f"{order:020d}-{uuid.uuid4().hex[:8]}.obj"
        made.publish(path)
        return _read(path)

    def pending(self) -> list[Path]:
        """Return the folders of the waiting objects."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(path for path in self._objects.iterdir() if path.is_dir())
        return []

    def backlog(self) -> tuple[int, int]:
        """Return the number of waiting objects, and their bytes."""
        files = [files[-1] for folder in self.pending() if (files := _files(folder))]
        size = 0
        for path in files:
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size - HEADER_BYTES
        return len(files), size

    def drop(self, entry: Entry) -> None:
        """Remove a delivered entry and those it superseded; newer ones stay."""
        folder = entry.path.parent
        for path in _files(folder):
            if path.name <= entry.path.name:
                path.unlink(missing_ok=True)
        sync_folder(folder)
        self.prune(folder)

    @staticmethod
    def prune(folder: Path) -> None:
        """Remove an object's folder if it is empty."""
        with contextlib.suppress(OSError):
            folder.rmdir()


def newest_in(folder: Path) -> Entry | None:
    """Return a folder's newest entry; None if it was delivered meanwhile."""
    for path in reversed(_files(folder)):
        with contextlib.suppress(FileNotFoundError):
            return _read(path)
    return None


def _files(folder: Path) -> list[Path]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".obj"))  # noqa: PTH208 (names alone: a URL is signed by it, so it must be quick)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / name for name in names]


def _read(path: Path) -> Entry:
    with path.open("rb") as file:
        fields = json.loads(file.read(HEADER_BYTES))
        size = os.fstat(file.fileno()).st_size - HEADER_BYTES
    return Entry(path, fields["bucket"], fields["key"], fields["type"], fields["deleted"], size)


class FolderLock:
    """The lock to deliver an object; one process and one task has it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> "FolderLock | None":
        """Return the lock, or None if another has it or the folder is gone."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def release(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)
