"""Decoder processes: a pool that grows and shrinks with its use, and a cache of stills.

`DecodeQueue` decides who decodes next; stills that are cached or in progress need no turn.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from domain.core.errors import Unavailable, UnsupportedMedia
from domain.core.log import get_logger
from domain.infra.worker_process import Worker, WorkerLost
from domain.live.wire import ImageFormat
from media_server.media.selection import FrameBytes
from media_server.relay.decode_queue import Asker, DecodeQueue, Priority
from media_server.relay.questions import Answer, FilmQuestion, Question

_MODULE = "media_server.relay.decoder_worker"
_TIMEOUT_S = 8.0
_FILM_TIMEOUT_S = 60.0  # a long file without a length in its header is read to its end
_UNUSED_S = 60.0
_CACHE_BYTES = 48 * 1024 * 1024

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StillKey:
    """Cache key of a still."""

    stream_id: str
    at_us: int
    format: ImageFormat
    max_width: int | None


class StillCache:
    """The newest stills, by key; bounded by bytes."""

    def __init__(self, max_bytes: int = _CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[StillKey, Answer] = OrderedDict()
        self._bytes = 0

    def get(self, key: StillKey) -> Answer | None:
        """Return a cached still."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: StillKey, still: Answer) -> None:
        """Cache a still; evicts the least recently used."""
        if key in self._held:
            return
        self._held[key] = still
        self._bytes += len(still.data)
        while self._bytes > self._max_bytes:
            self._bytes -= len(self._held.popitem(last=False)[1].data)


class DecoderPool:
    """Decodes stills in separate processes.

    A process starts on demand and stops when idle. While streams are live, one stays ready, so that
    a snapshot need not wait for it to start.
    """

    def __init__(
        self,
        workers: int,
        *,
        timeout_s: float = _TIMEOUT_S,
        unused_s: float = _UNUSED_S,
        is_wanted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._timeout_s = timeout_s
        self._unused_s = unused_s
        self._is_wanted = is_wanted
        # Reuse the newest process first, so that surplus ones become idle.
        self._idle: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(max(1, workers)):
            self._idle.put_nowait(None)  # a slot for a new one
        self._all: set[Worker] = set()
        self._cache = StillCache()
        self._making: dict[StillKey, asyncio.Task[Answer]] = {}
        self.queue = DecodeQueue(max(1, workers))
        self._wake = asyncio.Event()
        self.lost = 0

    async def run(self) -> None:
        """Keep a process ready while it may be needed, and stop idle ones."""
        while True:
            self._wake.clear()
            if self._is_wanted() and not self._all:
                await self._start_one()
            try:
                async with asyncio.timeout(self._unused_s if self._all else None):
                    await self._wake.wait()
            except TimeoutError:
                await self._end_idle(self._unused_s, spare=int(self._is_wanted()))

    def wake(self) -> None:
        """Check again whether to keep a process ready."""
        self._wake.set()

    async def _start_one(self) -> None:
        place = await self._idle.get()
        try:
            place = place or await self._new()
        finally:
            self._idle.put_nowait(place)

    async def _end_idle(self, unused_s: float, *, spare: int) -> None:
        """Stop processes that were idle for so long, except some that are spared."""
        places = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        workers = [worker for worker in places if worker is not None]
        used = [worker for worker in workers if worker.unused_s < unused_s]
        kept = used or workers[:spare]
        for place in [None] * (len(places) - len(kept)) + kept[::-1]:
            self._idle.put_nowait(place)
        for worker in workers:
            if worker not in kept:
                await self._end(worker)

    async def close(self) -> None:
        """Stop the processes."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*(worker.stop() for worker in self._all))
        self._all.clear()

    @property
    def pids(self) -> list[int]:
        """The ids of the processes."""
        return [worker.pid for worker in self._all]

    async def still(
        self, key: StillKey, frame: Callable[[], FrameBytes], priority: Priority, address: str = ""
    ) -> Answer:
        """Return an image of a frame; concurrent requests for the same one decode it once.

        Args:
            key: Which still.
            frame: Returns the packets to decode; called only on a cache miss.
            priority: Why it is decoded.
            address: The visitor's address, for limits.

        Raises:
            RateLimited: The visitor requests too much at once.
            Unavailable: The frame cannot be decoded, or the queue is full.
        """
        held = self._cache.get(key)
        if held is not None:
            return held
        asker = Asker(priority, key.stream_id, address)
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, frame(), asker))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        else:
            self.queue.hurry(key, asker)
        return await asyncio.shield(task)

    async def _make(self, key: StillKey, frame: FrameBytes, asker: Asker) -> Answer:
        async with self.queue.turn(key, asker):
            still = await self._still(Question(frame, key.format, key.max_width))
        self._cache.put(key, still)
        return still

    async def film(self, question: FilmQuestion) -> Answer:
        """Return an image of a file's frame, without the cache, and the file's size and length.

        Raises:
            UnsupportedMedia: It is not a video that can be read.
            Unavailable: The decoder died or hung, or the queue is full.
        """
        async with self.queue.turn(None, Asker(Priority.PREVIEW)):
            film = await self._decode(question, _FILM_TIMEOUT_S)
        if film.error is not None:
            raise UnsupportedMedia(film.error)
        return film

    async def _still(self, question: Question) -> Answer:
        still = await self._decode(question, self._timeout_s)
        if still.error is not None:
            raise Unavailable(still.error)
        return still

    async def _decode(self, question: Question | FilmQuestion, timeout_s: float) -> Answer:
        for _ in range(2):
            try:
                data = await self._ask(question, timeout_s)
            except WorkerLost:
                await self._end_idle(0, spare=0)  # the others may be as broken
                continue
            return msgspec.msgpack.decode(data, type=Answer)
        raise Unavailable("This frame cannot be decoded. Choose another time.")

    async def _ask(self, question: Question | FilmQuestion, timeout_s: float) -> bytes:
        place = await self._idle.get()
        worker = None
        try:
            if place is not None and not place.is_alive:  # it died while idle
                await self._lose(place)
                place = None
            worker = place or await self._new()
            answer = await worker.ask(question, timeout_s)
        except BaseException:
            # Lost, or abandoned half-way: its next answer would belong to nobody.
            self._idle.put_nowait(None)
            if worker is not None:
                await self._lose(worker)
            raise
        self._idle.put_nowait(worker)
        return answer

    async def _new(self) -> Worker:
        worker = await Worker.start(_MODULE)
        self._all.add(worker)
        self.wake()
        return worker

    async def _lose(self, worker: Worker) -> None:
        self.lost += 1
        log.warning("decoder_lost", pid=worker.pid)
        await self._end(worker)

    async def _end(self, worker: Worker) -> None:
        self._all.discard(worker)
        await worker.stop()
