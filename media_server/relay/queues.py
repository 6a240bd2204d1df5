"""The bounded queues of a stream: of its publisher, and of each reader."""

import asyncio
from collections import deque
from collections.abc import Callable

from domain.live.wire import Status
from media_server.media.packet import Arrival, Header, Packet

# How much a source may queue while the event loop is busy: several seconds of any stream.
_INLET_PACKETS = 8192


class Inlet:
    """The queue of one publisher's thread. Closed when another publisher replaces it."""

    def __init__(self) -> None:
        self.arrivals: deque[Arrival] = deque()
        self.reports: deque[tuple[Status, str | None]] = deque(maxlen=64)
        self.corrupt = 0
        self.reconnects = 0
        self.overflow = 0
        self.drift_percent = 0.0
        self.is_closed = False

    def post(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> None:
        """Queue one packet with its header; never blocks."""
        if self.is_closed:
            return
        if len(self.arrivals) >= _INLET_PACKETS:
            self.overflow += 1
            return
        self.arrivals.append(Arrival(packet, header, discontinuity))

    def report(self, status: Status, error: str | None = None) -> None:
        """Report the source's state, with a sentence for people if it fails."""
        if not self.is_closed:
            self.reports.append((status, error))

    def drifts(self, percent: float) -> None:
        """Report how much the source's clock is fast, or slow below 0."""
        self.drift_percent = percent

    def count(self, *, corrupt: int = 0, reconnects: int = 0, overflow: int = 0) -> None:
        """Add to the error counters; what overflowed came faster than this machine works."""
        self.corrupt += corrupt
        self.reconnects += reconnects
        self.overflow += overflow


class Reader:
    """A consumer's bounded queue: when it is full, the packet is dropped here and counted."""

    def __init__(self, max_packets: int, leave: Callable[["Reader"], None]) -> None:
        self._queue: asyncio.Queue[Arrival] = asyncio.Queue(max_packets)
        self._leave = leave
        self.dropped = 0

    def offer(self, arrival: Arrival) -> None:
        """Queue a packet, or drop it."""
        try:
            self._queue.put_nowait(arrival)
        except asyncio.QueueFull:
            self.dropped += 1

    async def get(self) -> Arrival:
        """Wait for the next packet."""
        return await self._queue.get()

    def take(self) -> list[Arrival]:
        """Return the queued packets."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    def close(self) -> None:
        """Stop queueing."""
        self._leave(self)
