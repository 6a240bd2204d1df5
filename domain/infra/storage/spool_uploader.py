"""Delivers the spool's objects: one task per process, one process per object."""

import asyncio
import contextlib
import time
from pathlib import Path

from domain.core.errors import MomentsError, StorageUnavailable
from domain.core.log import get_logger
from domain.infra.breaker import Breaker
from domain.infra.storage.folder import read_chunks
from domain.infra.storage.objects import Storage, Stored
from domain.infra.storage.s3_errors import MISCONFIGURED
from domain.infra.storage.spool_folder import (
    HEADER_BYTES,
    Entry,
    FolderLock,
    SpoolFolder,
    newest_in,
)
from domain.infra.threads import in_thread

log = get_logger(__name__)

_IDLE_S = 2.0  # another process may have died and left something
_REFUSED_WAIT_S = 60.0
_LONGEST_S = 60.0
_SLOWEST_BYTES_S = 100_000


def is_away(error: BaseException) -> bool:
    """Return whether an error is temporary; a store that refuses us is not."""
    if isinstance(error, StorageUnavailable):
        return error.code != MISCONFIGURED
    return isinstance(error, TimeoutError)


class SpoolUploader:
    """The background task."""

    def __init__(self, store: Storage, spool: SpoolFolder, breaker: Breaker) -> None:
        self._store = store
        self._spool = spool
        self._breaker = breaker
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._refused: dict[str, float] = {}  # object's folder -> next attempt

    def start(self) -> None:
        """Start."""
        self._task = asyncio.create_task(self._run(), name="spool-delivery")

    async def close(self) -> None:
        """Stop; an upload in progress is aborted and repeated later."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """Check the spool now."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._round()
            except (MomentsError, OSError) as error:  # the disk: the next round retries
                log.error("delivery_failed", reason=str(error))
                await asyncio.sleep(_IDLE_S)

    async def _round(self) -> None:
        """Deliver everything once, or probe whether the store is back."""
        self._woken.clear()
        if self._breaker.is_open:
            await asyncio.sleep(self._breaker.probe_in_s)
            if not await self._probe():
                return
        for folder in await in_thread(self._spool.pending):
            if self._refused.get(folder.name, 0.0) > time.monotonic():
                continue
            if not await self._try(folder):
                return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_S):
                await self._woken.wait()

    async def _probe(self) -> bool:
        try:
            async with asyncio.timeout(5):
                await self._store.ping()
        except (StorageUnavailable, TimeoutError) as error:
            if is_away(error):
                self._breaker.failed()
                return False
        if self._breaker.succeeded():
            log.info("store_back")
        return True

    async def _try(self, folder: Path) -> bool:
        """Deliver one object; return whether to continue with the next."""
        try:
            await self._deliver(folder)
        except (MomentsError, TimeoutError) as error:
            if is_away(error):
                self._breaker.failed()
                return False
            log.error("store_refuses", reason=str(error))
            self._refused[folder.name] = time.monotonic() + _REFUSED_WAIT_S
        else:
            self._refused.pop(folder.name, None)
        return True

    async def _deliver(self, folder: Path) -> Stored | None:
        """Deliver an object's newest entry; None if there is none, or another process has it."""
        lock = await in_thread(FolderLock.take, folder)
        if lock is None:
            return None
        try:
            entry = await in_thread(newest_in, folder)
            if entry is None:
                await in_thread(self._spool.prune, folder)
                return None
            async with asyncio.timeout(max(_LONGEST_S, entry.size / _SLOWEST_BYTES_S)):
                stored = await self._send(entry)
            await in_thread(self._spool.drop, entry)
            log.info("delivered", bucket=entry.bucket, object=entry.key, size=entry.size)
            return stored
        finally:
            lock.release()

    async def _send(self, entry: Entry) -> Stored:
        if entry.is_deletion:
            await self._store.delete(entry.bucket, entry.key)
            return Stored(0, entry.generation)
        file = await in_thread(entry.path.open, "rb", buffering=0)
        body = read_chunks(file, HEADER_BYTES, HEADER_BYTES + entry.size)
        return await self._store.put(entry.bucket, entry.key, body, content_type=entry.content_type)

    async def deliver_now(self, entry: Entry) -> Stored | None:
        """Deliver the object just spooled; drop it if the store refuses it.

        Raises:
            StorageUnavailable: The store is unreachable, or it refuses us.
        """
        try:
            return await self._deliver(entry.path.parent)
        except MomentsError as error:
            if not is_away(error):
                await in_thread(self._spool.drop, entry)
            raise
