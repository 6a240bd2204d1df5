"""A folder as a store: plain files at `{root}/{bucket}/{key}`, URLs signed by the app."""

import os
from collections.abc import AsyncIterable, AsyncIterator
from io import FileIO
from pathlib import Path

from domain.core.errors import BadInput, NotFound
from domain.core.log import get_logger
from domain.infra.storage.atomic_files import (
    Draft,
    check_disk,
    disk_errors,
    draft,
    make_folder,
    remove,
    sweep_drafts,
)
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.objects import (
    CHUNK_BYTES,
    Body,
    ByteRange,
    Layout,
    ObjectInfo,
    Stored,
    check_names,
)
from domain.infra.storage.partial_files import PartialFiles
from domain.infra.threads import in_thread

log = get_logger(__name__)


class FolderStorage:
    """Objects as files. No versions: a second put replaces an object."""

    def __init__(self, root: Path, urls: FileUrls, layout: Layout | None = None) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._partials = PartialFiles(root / ".partial")
        self._urls = urls
        self._layout = layout or Layout()

    async def start(self) -> None:
        """Create the folder and remove the leftovers of killed processes."""
        await in_thread(self._prepare)

    def _prepare(self) -> None:
        with disk_errors():
            make_folder(self._incoming)
            if swept := sweep_drafts(self._incoming):
                log.info("storage_drafts_swept", count=swept)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def key(self, organization_id: str, name: str) -> str:
        """Return a name's key."""
        return self._layout.key(organization_id, name)

    async def ensure_bucket(self, organization_id: str) -> str:
        """Return an organisation's bucket name; the first object creates its folder."""
        return self._layout.bucket(organization_id)

    def path(self, bucket: str, key: str) -> Path:
        """Return an object's path.

        Raises:
            BadInput: The names are invalid.
        """
        check_names(bucket, key)
        return self._root / bucket / key

    async def put(self, bucket: str, key: str, body: Body, *, content_type: str) -> Stored:
        """Write an object beside, then rename it into place, durably."""
        target = self.path(bucket, key)
        if isinstance(body, bytes | Path):
            return await in_thread(write_whole, self._incoming, target, body)
        return await write_stream(self._incoming, target, body)

    async def received(self, bucket: str, key: str) -> int | None:
        """Return the size of an unfinished upload's file."""
        return await in_thread(self._partials.size, bucket, key)

    async def append(
        self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes], *, content_type: str
    ) -> int:
        """Append to an unfinished upload's file."""
        return await self._partials.append(bucket, key, offset, body)

    async def finish(self, bucket: str, key: str, *, content_type: str) -> Stored:
        """Move an upload's file to its place."""
        return await in_thread(self._partials.publish, bucket, key, self.path(bucket, key))

    async def abort(self, bucket: str, key: str) -> None:
        """Remove an unfinished upload's file."""
        await in_thread(self._partials.remove, bucket, key)

    async def open(
        self, bucket: str, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[bytes]:
        """Read an object or a range of it in chunks."""
        file, start, stop = await in_thread(_open_range, self.path(bucket, key), byte_range)
        return read_chunks(file, start, stop)

    async def stat(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object's size and generation."""
        return await in_thread(file_info, self.path(bucket, key))

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object and its empty folders."""
        path = self.path(bucket, key)

        def work() -> None:
            with disk_errors():
                remove(path, keep=self._root / bucket)

        await in_thread(work)

    def signed_get(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str,
        lifetime_s: int = 3600,
        filename: str | None = None,
        inline: bool = True,
    ) -> str:
        """Return a URL of the app that serves the object."""
        check_names(bucket, key)
        return self._urls.signed_get(
            bucket,
            key,
            content_type=content_type,
            lifetime_s=lifetime_s,
            filename=filename,
            inline=inline,
        )

    def signed_put(
        self, bucket: str, key: str, *, content_type: str, size: int, lifetime_s: int = 900
    ) -> str:
        """Return a URL of the app that accepts the object."""
        check_names(bucket, key)
        return self._urls.signed_put(
            bucket, key, content_type=content_type, size=size, lifetime_s=lifetime_s
        )

    async def backlog(self) -> None:
        """Return None: nothing is ever pending."""

    async def ping(self) -> None:
        """Return if the folder accepts files."""
        await in_thread(check_disk, self._incoming)


def write_whole(incoming: Path, target: Path, body: bytes | Path) -> Stored:
    """Write bytes or a copy of a file to its place, durably."""
    with draft(incoming) as made:
        if isinstance(body, Path):
            made.copy(body)
        else:
            made.write(body)
        return _publish(made, target)


def _publish(made: Draft, target: Path) -> Stored:
    generation = made.publish(target)
    return Stored(made.size, generation)


async def write_stream(incoming: Path, target: Path, body: AsyncIterable[bytes]) -> Stored:
    """Write chunks to their place as they arrive, durably; an error leaves nothing behind."""
    manager = draft(incoming)
    made = await in_thread(manager.__enter__)

    def publish(rest: bytes) -> Stored:
        made.write(rest)
        stored = _publish(made, target)
        manager.__exit__(None, None, None)
        return stored

    try:
        rest = b""
        async for block in _blocks(body):
            if rest:
                await in_thread(made.write, rest)
            rest = block
        return await in_thread(publish, rest)
    except BaseException as error:
        await in_thread(manager.__exit__, type(error), error, error.__traceback__)
        raise


async def _blocks(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Gather chunks: handing each to a thread costs more than writing it."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size >= CHUNK_BYTES:
            yield b"".join(chunks)
            chunks, size = [], 0
    yield b"".join(chunks)


def file_info(path: Path) -> ObjectInfo:
    """Return a file's object info."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_found() from error
    if not path.is_file():
        raise _not_found()
    return ObjectInfo(status.st_size, str(status.st_mtime_ns))


def _not_found() -> NotFound:
    return NotFound("There is no such file. It may have been deleted.")


def _open_range(path: Path, byte_range: ByteRange | None) -> tuple[FileIO, int, int]:
    info = file_info(path)
    start, stop = byte_range or (0, None)
    if start > 0 and start >= info.size:
        raise BadInput(
            f"The range starts after the end of the file, which has {info.size} bytes. Choose an "
            "earlier start.",
            code="bad_range",
        )
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise _not_found() from error
    return file, start, min(info.size if stop is None else stop, info.size)


async def read_chunks(file: FileIO, start: int, stop: int) -> AsyncIterator[bytes]:
    """Yield a file's bytes [start, stop) and close it."""
    try:
        position = start
        while position < stop:
            count = min(CHUNK_BYTES, stop - position)
            chunk = await in_thread(os.pread, file.fileno(), count, position)
            if not chunk:
                return
            position += len(chunk)
            yield chunk
    finally:
        file.close()
