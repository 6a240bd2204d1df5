"""A folder as a store: plain files below `{root}/{bucket}/{key}`, URLs signed by the app."""

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
    """Objects as files. Versions are not kept: an object put twice is the newer one."""

    def __init__(self, root: Path, urls: FileUrls, layout: Layout | None = None) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._partials = PartialFiles(root / ".partial")
        self._urls = urls
        self._layout = layout or Layout()

    async def start(self) -> None:
        """Make the folder and remove what killed processes left half-written."""
        await in_thread(self._prepare)

    def _prepare(self) -> None:
        with disk_errors():
            make_folder(self._incoming)
            if swept := sweep_drafts(self._incoming):
                log.info("storage_drafts_swept", count=swept)

    async def close(self) -> None:
        """Nothing is held open."""

    def key(self, organization_id: str, name: str) -> str:
        """Return the key of a name."""
        return self._layout.key(organization_id, name)

    async def ensure_bucket(self, organization_id: str) -> str:
        """Return the name of an organisation's bucket; its folder comes with the first object."""
        return self._layout.bucket(organization_id)

    def path(self, bucket: str, key: str) -> Path:
        """Return where an object lies.

        Raises:
            BadInput: The names are not ones that are taken.
        """
        check_names(bucket, key)
        return self._root / bucket / key

    async def put(self, bucket: str, key: str, body: Body, *, content_type: str) -> Stored:
        """Write an object beside, then into its place, both made durable."""
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
        """Read an object or a part of it in chunks."""
        file, start, stop = await in_thread(_open_range, self.path(bucket, key), byte_range)
        return read_chunks(file, start, stop)

    async def stat(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object's size and generation."""
        return await in_thread(file_info, self.path(bucket, key))

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object and the folders that it leaves empty."""
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
        """Return a URL of the app that takes the object."""
        check_names(bucket, key)
        return self._urls.signed_put(
            bucket, key, content_type=content_type, size=size, lifetime_s=lifetime_s
        )

    async def backlog(self) -> None:
        """Return nothing: what is stored is there."""

    async def ping(self) -> None:
        """Return when the folder takes files."""
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
    """Write chunks to their place as they come, durably; an error in between leaves nothing."""
    manager = draft(incoming)
    made = await in_thread(manager.__enter__)
    try:
        async for chunk in body:
            await in_thread(made.write, chunk)
        stored = await in_thread(_publish, made, target)
    except BaseException as error:
        await in_thread(manager.__exit__, type(error), error, error.__traceback__)
        raise
    await in_thread(manager.__exit__, None, None, None)
    return stored


def file_info(path: Path) -> ObjectInfo:
    """Return what is known of a file as an object."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_found() from error
    if not path.is_file():
        raise _not_found()
    return ObjectInfo(status.st_size, str(status.st_mtime_ns))


def _not_found() -> NotFound:
    return NotFound("There is no such file: it may have been deleted")


def _open_range(path: Path, byte_range: ByteRange | None) -> tuple[FileIO, int, int]:
    info = file_info(path)
    start, stop = byte_range or (0, None)
    if start > 0 and start >= info.size:
        raise BadInput(
            f"The range starts behind the end of the file, which has {info.size} bytes",
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
