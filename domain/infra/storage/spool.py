"""A spool for an unreachable store: keeps objects on disk and delivers them later.

`put` returns when the bytes are durable: in the store, or fsynced in the spool. Waiting objects can
be read and signed meanwhile (the app serves them), by every process that shares the home. A store
that refuses us (wrong key, missing permission) is an error at once: waiting would not help.

Files are uploaded at least once, in order for each object, so a kill at any instant is safe: a file
is removed only after the store has answered, and storing the same bytes again changes nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from domain.core.errors import BadInput, NotFound, StorageUnavailable
from domain.core.log import get_logger
from domain.infra.breaker import Breaker
from domain.infra.storage.atomic_files import check_disk
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.folder import read_chunks
from domain.infra.storage.objects import (
    Backlog,
    Body,
    ByteRange,
    Layout,
    ObjectInfo,
    Storage,
    Stored,
    check_names,
)
from domain.infra.storage.spool_folder import HEADER_BYTES, Entry, SpoolFolder
from domain.infra.storage.spool_uploader import SpoolUploader, is_away
from domain.infra.threads import in_thread

log = get_logger(__name__)

# How long a caller waits for the store before the spool takes over: refusals and unreachable stores
# fail earlier, this is for stores that hang.
_PATIENCE_S = 1.5
_SLOWEST_BYTES_S = 2_000_000


class SpooledStorage:
    """A store with a spool in front; every process that shares the spool may run one."""

    def __init__(self, store: Storage, root: Path, urls: FileUrls, layout: Layout) -> None:
        self._store = store
        self._urls = urls
        self._layout = layout
        self._spool = SpoolFolder(root)
        self._breaker = Breaker()
        self._uploader = SpoolUploader(store, self._spool, self._breaker)

    async def start(self) -> None:
        """Open the store and start delivering."""
        await in_thread(self._spool.prepare)
        await self._store.start()
        self._uploader.start()

    async def close(self) -> None:
        """Stop delivering; other processes, or the next start, continue."""
        await self._uploader.close()
        await self._store.close()

    def key(self, organization_id: str, name: str) -> str:
        """Return a name's key."""
        return self._layout.key(organization_id, name)

    async def ensure_bucket(self, organization_id: str) -> str:
        """Return an organisation's bucket name; an unreachable store gets its bucket later."""
        if not self._breaker.is_open:
            with contextlib.suppress(_Away):
                async with self._asking(0):
                    return await self._store.ensure_bucket(organization_id)
        return self._layout.bucket(organization_id)

    @contextlib.asynccontextmanager
    async def _asking(self, size: int) -> AsyncIterator[None]:
        """Call the store with a timeout.

        Raises:
            _Away: The store is unreachable.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S + size / _SLOWEST_BYTES_S):
                yield
        except (StorageUnavailable, TimeoutError) as error:
            if not is_away(error):
                raise
            if self._breaker.failed():
                log.warning("store_away", reason=str(error) or "it hangs")
            self._uploader.wake()
            raise _Away from error

    async def _is_direct(self, bucket: str, key: str) -> bool:
        """Return whether the store is up and no older version of this object waits."""
        return not self._breaker.is_open and not await in_thread(self._spool.holds, bucket, key)

    async def put(self, bucket: str, key: str, body: Body, *, content_type: str) -> Stored:
        """Store an object, or keep it durably until the store accepts it."""
        check_names(bucket, key)
        if not isinstance(body, bytes | Path):  # a one-pass body: to disk first
            entry = await self._spool_stream(bucket, key, body, content_type)
            return await self._hand_over(entry)
        if await self._is_direct(bucket, key):
            size = len(body) if isinstance(body, bytes) else (await in_thread(body.stat)).st_size
            with contextlib.suppress(_Away):
                async with self._asking(size):
                    return await self._store.put(bucket, key, body, content_type=content_type)
        entry = await in_thread(self._spool_whole, bucket, key, body, content_type)
        self._uploader.wake()
        return Stored(entry.size, entry.generation)

    def _spool_whole(self, bucket: str, key: str, body: bytes | Path, content_type: str) -> Entry:
        with self._spool.writing(bucket, key, content_type) as made:
            if isinstance(body, Path):
                made.copy(body)
            else:
                made.write(body)
            return self._spool.publish(made, bucket, key)

    async def _spool_stream(
        self, bucket: str, key: str, body: AsyncIterable[bytes], content_type: str
    ) -> Entry:
        manager = self._spool.writing(bucket, key, content_type)
        made = await in_thread(manager.__enter__)
        try:
            async for chunk in body:
                await in_thread(made.write, chunk)
            entry = await in_thread(self._spool.publish, made, bucket, key)
        except BaseException as error:
            await in_thread(manager.__exit__, type(error), error, error.__traceback__)
            raise
        await in_thread(manager.__exit__, None, None, None)
        return entry

    async def _hand_over(self, entry: Entry) -> Stored:
        """Deliver the object just spooled, unless the store is unreachable or too slow."""
        if not self._breaker.is_open:
            with contextlib.suppress(_Away):
                async with self._asking(entry.size):
                    stored = await self._uploader.deliver_now(entry)
                    if stored is not None:
                        return stored
        self._uploader.wake()
        return Stored(entry.size, entry.generation)

    async def open(
        self, bucket: str, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[bytes]:
        """Read an object from the spool, or from the store."""
        check_names(bucket, key)
        while (entry := await self._waiting(bucket, key)) is not None:
            with contextlib.suppress(FileNotFoundError):  # delivered just now: look again
                return await in_thread(_open_entry, entry, byte_range)
        async with self._from_store():
            return await self._store.open(bucket, key, byte_range)

    @contextlib.asynccontextmanager
    async def _from_store(self) -> AsyncIterator[None]:
        """Call the store for what only it can do; fail at once while it is unreachable."""
        if self._breaker.is_open:
            raise StorageUnavailable(
                "The object store does not answer. Try again in a moment.", retry_after_s=5
            )
        try:
            yield
        except StorageUnavailable as error:
            if is_away(error):
                self._breaker.failed()
                self._uploader.wake()
            raise

    async def received(self, bucket: str, key: str) -> int | None:
        """Return how many bytes of an unfinished upload the store has."""
        async with self._from_store():
            return await self._store.received(bucket, key)

    async def append(
        self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes], *, content_type: str
    ) -> int:
        """Append in the store: resumable uploads wait for it rather than use the spool."""
        async with self._from_store():
            return await self._store.append(bucket, key, offset, body, content_type=content_type)

    async def finish(self, bucket: str, key: str, *, content_type: str) -> Stored:
        """Complete the object in the store."""
        async with self._from_store():
            return await self._store.finish(bucket, key, content_type=content_type)

    async def abort(self, bucket: str, key: str) -> None:
        """Remove the bytes of an unfinished upload from the store."""
        async with self._from_store():
            await self._store.abort(bucket, key)

    async def _waiting(self, bucket: str, key: str) -> Entry | None:
        entry = await in_thread(self._spool.newest, bucket, key)
        if entry is not None and entry.is_deletion:
            raise NotFound("There is no such file. It may have been deleted.")
        return entry

    async def stat(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object's size and generation."""
        check_names(bucket, key)
        entry = await self._waiting(bucket, key)
        if entry is not None:
            return ObjectInfo(entry.size, entry.generation)
        async with self._from_store():
            return await self._store.stat(bucket, key)

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object, at once or when the store is back; it is unreadable meanwhile."""
        check_names(bucket, key)
        if await self._is_direct(bucket, key):
            with contextlib.suppress(_Away):
                async with self._asking(0):
                    await self._store.delete(bucket, key)
                    return
        await in_thread(self._spool_deletion, bucket, key)
        self._uploader.wake()

    def _spool_deletion(self, bucket: str, key: str) -> None:
        with self._spool.writing(bucket, key, "", is_deletion=True) as made:
            self._spool.publish(made, bucket, key)

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
        """Return a URL of the app for a waiting object, else one of the store."""
        check_names(bucket, key)
        signer = self._urls if self._spool.holds(bucket, key) else self._store
        return signer.signed_get(
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
        """Return a URL of the store, or of the app while the store is unreachable."""
        check_names(bucket, key)
        signer = self._urls if self._breaker.is_open else self._store
        return signer.signed_put(
            bucket, key, content_type=content_type, size=size, lifetime_s=lifetime_s
        )

    async def ping(self) -> None:
        """Return if the store itself answers and the spool's disk has room meanwhile."""
        await in_thread(check_disk, self._spool.incoming)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._store.ping()
        except TimeoutError as error:
            raise StorageUnavailable(
                "The object store does not answer in time. Try again later."
            ) from error

    async def backlog(self) -> Backlog:
        """Return the backlog."""
        return Backlog(*await in_thread(self._spool.backlog))


class _Away(Exception):  # noqa: N818 (never leaves this file)
    """The store is unreachable, so the spool takes over."""


def _open_entry(entry: Entry, byte_range: ByteRange | None) -> AsyncIterator[bytes]:
    start, stop = byte_range or (0, None)
    if start > 0 and start >= entry.size:
        raise BadInput(
            f"The range starts after the end of the file, which has {entry.size} bytes. Choose "
            "an earlier start.",
            code="bad_range",
        )
    end = entry.size if stop is None else min(stop, entry.size)
    file = entry.path.open("rb", buffering=0)
    return read_chunks(file, HEADER_BYTES + start, HEADER_BYTES + end)
