"""Files of unfinished uploads: one process at a time appends to each, and a kill releases it.

All of it blocks, except `append`.
"""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterable, Iterator
from hashlib import sha256
from io import FileIO
from pathlib import Path

from domain.core.errors import Conflict, NotFound
from domain.infra.storage.atomic_files import Draft, disk_errors, make_folder
from domain.infra.storage.objects import Stored, check_names
from domain.infra.threads import in_thread


def partial_path(folder: Path, bucket: str, key: str) -> Path:
    """Return the path of an unfinished upload.

    Raises:
        BadInput: The bucket or the key is not valid.
    """
    check_names(bucket, key)
    return folder / sha256(f"{bucket}/{key}".encode()).hexdigest()[:40]


def check_offset(offset: int, size: int) -> None:
    """Refuse bytes that do not continue at the current offset.

    Raises:
        Conflict: The upload is at another offset.
    """
    if offset != size:
        raise Conflict(
            f"The upload is at byte {size}, not {offset}. Ask for its offset and continue there.",
            code="offset_mismatch",
        )


def open_locked(path: Path) -> FileIO:
    """Open a file exclusively, creating it if needed.

    Raises:
        Conflict: Another request has it.
    """
    make_folder(path.parent)
    while True:
        file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise Conflict(
                "Another request is sending this upload. Try again in a moment.",
                code="upload_locked",
            ) from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()  # published or removed before it was locked


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[FileIO]:
    with disk_errors(), open_locked(path) as file:
        yield file


class PartialFiles:
    """Unfinished uploads as files whose size is the offset."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, bucket: str, key: str) -> int | None:
        """Return the current offset; None if there is no such upload."""
        try:
            return partial_path(self._folder, bucket, key).stat().st_size
        except FileNotFoundError:
            return None

    async def append(self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes]) -> int:
        """Append what arrives, and make it durable even if the body breaks off."""
        path = partial_path(self._folder, bucket, key)
        with disk_errors():
            file = await in_thread(open_locked, path)
            try:
                draft = Draft(path, file)
                check_offset(offset, draft.size)
                try:
                    async for chunk in body:
                        await in_thread(draft.write, chunk)
                finally:
                    await in_thread(os.fsync, file.fileno())
            finally:
                file.close()
        return draft.size

    def publish(self, bucket: str, key: str, target: Path) -> Stored:
        """Move a finished upload to its place, durably.

        Raises:
            NotFound: There is no such upload.
        """
        path = partial_path(self._folder, bucket, key)
        if not path.exists():
            raise NotFound("There is no such upload. Start it again.")
        with _locked(path) as file:
            draft = Draft(path, file)
            return Stored(draft.size, draft.publish(target))

    def remove(self, bucket: str, key: str) -> None:
        """Remove an upload's file, if it exists."""
        path = partial_path(self._folder, bucket, key)
        if path.exists():
            with _locked(path):
                path.unlink()
