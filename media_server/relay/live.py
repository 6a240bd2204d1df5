"""A stream's run in memory: one publisher, one ring, readers with bounded queues.

Sources run in threads. They leave packets in an inlet, and one pump on the event loop takes them
out for all streams every few milliseconds, so a packet costs no hop between threads. Everything
else here belongs to the event loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Protocol

from domain.core.time import Clock, to_us
from domain.live.states import with_state
from domain.live.wire import AudioInfo, IngestInfo, Status, StreamStatus, VideoInfo, Window
from media_server.media.gaps import GapFiller
from media_server.media.packet import Arrival, Header, Packet
from media_server.media.ring import Ring
from media_server.relay.health import Health
from media_server.relay.player import Player

# What a source may leave while the event loop is busy: several seconds of any stream.
_INLET_PACKETS = 8192


class Inlet:
    """Where one publisher's thread leaves what it reads. Closed when another takes its place."""

    def __init__(self) -> None:
        self.arrivals: deque[Arrival] = deque()
        self.reports: deque[tuple[Status, str | None]] = deque(maxlen=64)
        self.corrupt = 0
        self.reconnects = 0
        self.overflow = 0
        self.is_closed = False

    def post(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> None:
        """Hand over one packet and the header that it belongs to; never waits."""
        if self.is_closed:
            return
        if len(self.arrivals) >= _INLET_PACKETS:
            self.overflow += 1
            return
        self.arrivals.append(Arrival(packet, header, discontinuity))

    def report(self, status: Status, error: str | None = None) -> None:
        """Tell how the source is doing, with a sentence for people when it is not well."""
        if not self.is_closed:
            self.reports.append((status, error))

    def count(self, *, corrupt: int = 0, reconnects: int = 0) -> None:
        """Add to the counters of what went wrong."""
        self.corrupt += corrupt
        self.reconnects += reconnects


class LivePublisher(Protocol):
    """A publisher that can be asked something; on the event loop."""

    def ask_for_keyframe(self) -> bool:
        """Ask for a keyframe, unless that was done a moment ago; tell whether it was asked for."""
        ...

    def info(self) -> IngestInfo:
        """Tell how the connection is doing."""
        ...


class Reader:
    """A consumer's bounded queue: when it is full the packet is dropped here and counted."""

    def __init__(self, max_packets: int, leave: Callable[["Reader"], None]) -> None:
        self._queue: asyncio.Queue[Arrival] = asyncio.Queue(max_packets)
        self._leave = leave
        self.dropped = 0

    def offer(self, arrival: Arrival) -> None:
        """Put a packet in, or drop it."""
        try:
            self._queue.put_nowait(arrival)
        except asyncio.QueueFull:
            self.dropped += 1

    async def get(self) -> Arrival:
        """Wait for the next packet."""
        return await self._queue.get()

    def take(self) -> list[Arrival]:
        """Return what is waiting now."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    def close(self) -> None:
        """Take no more."""
        self._leave(self)


@dataclass
class _State:
    status: Status = "connecting"
    error: str | None = None
    since_us: int = 0


@dataclass
class _Counters:
    corrupt: int = 0
    reconnects: int = 0
    discontinuities: int = 0
    format_changes: int = 0
    overflow: int = 0
    readers_dropped: int = 0
    players: Callable[[], Set[Player]] = field(default=frozenset)  # by HLS, of the last seconds
    sessions: Callable[[], list[Player]] = field(default=list)  # by WebRTC

    def viewers(self) -> int:
        """How many watch; who changes from one way to the other is one."""
        sessions = self.sessions()
        return len(sessions) + len(self.players() - set(sessions))


class LiveStream:
    """One stream: takes packets in, keeps the newest, hands them on."""

    def __init__(
        self,
        stream_id: str,
        buffer_us: int,
        max_bytes: int,
        clock: Clock,
        on_air_us: int | None = None,
    ) -> None:
        self.id = stream_id
        self.ring = Ring(buffer_us, max_bytes)
        self.health = Health()
        self.counters = _Counters()
        self.on_batch: list[Callable[[], None]] = []  # called after new packets are in the ring
        self.on_inlet: list[Callable[[], None]] = []  # called when a publisher comes
        self.is_fed = False  # whether a publisher holds the inlet
        self._clock = clock
        self._gaps = GapFiller()
        self._inlet = Inlet()
        self._publisher: LivePublisher | None = None
        self._readers: set[Reader] = set()
        self._state = _State(since_us=self._now_us())
        self._on_air_us = on_air_us  # last, before it went off air
        self._is_new = True  # the next packet is the first since then

    # Coming in

    def inlet(self) -> Inlet:
        """Return a new inlet; the publisher before is cut off."""
        self._renew_inlet()
        self.is_fed = True
        for callback in self.on_inlet:
            callback()
        return self._inlet

    def _renew_inlet(self) -> None:
        self.drain()
        self._inlet.is_closed = True
        self._inlet = Inlet()
        self._publisher = None

    def publish(self, publisher: "LivePublisher") -> None:
        """Make known who fills the newest inlet, until another inlet takes its place."""
        self._publisher = publisher

    def ask_for_keyframe(self) -> bool:
        """Ask the publisher for a keyframe; tell whether it was asked.

        It is not where there is nobody to ask, or when it was a moment ago.
        """
        return self._publisher is not None and self._publisher.ask_for_keyframe()

    def drain(self) -> bool:
        """Take in what the publisher left; tell whether packets came."""
        inlet = self._inlet
        self._take_counters(inlet)
        while inlet.reports:
            self._set(*inlet.reports.popleft())
        came = bool(inlet.arrivals)
        now_us = self._now_us() if came else 0
        if came:
            self.health.arrived_us = now_us
        while inlet.arrivals:
            self._take(inlet.arrivals.popleft(), now_us)
        if came:
            for callback in self.on_batch:
                callback()
        return came

    def _take_counters(self, inlet: Inlet) -> None:
        ours = self.counters
        if inlet.corrupt or inlet.overflow:
            self.health.broke(self._now_us())
        ours.corrupt, inlet.corrupt = ours.corrupt + inlet.corrupt, 0
        ours.reconnects, inlet.reconnects = ours.reconnects + inlet.reconnects, 0
        ours.overflow, inlet.overflow = ours.overflow + inlet.overflow, 0

    def _take(self, arrival: Arrival, now_us: int) -> None:
        packet = arrival.packet
        if self.ring.is_ahead_of(packet) and not self._gaps.stands_in_for(packet.track):
            self.ring.clear()  # a publisher left it in the future: that must not lock the next out
            arrival = arrival._replace(discontinuity=True)
        self.health.saw(packet)
        for each in self._gaps.take(arrival, now_us):
            self._write(each)

    def _write(self, arrival: Arrival) -> None:
        before = self.ring.header
        kept = self.ring.append(arrival.packet, arrival.header, discontinuity=arrival.discontinuity)
        if before is not None and arrival.discontinuity:
            self.counters.discontinuities += 1
            if not self._is_new:
                self.health.broke(self._now_us())
        elif before is not None and self.ring.header is not before:
            self.counters.format_changes += 1  # a camera that changes its size breaks nothing off
        self._is_new = False
        if kept:
            for reader in self._readers:
                reader.offer(arrival)

    # Going out

    def read(self, max_packets: int = 2048) -> Reader:
        """Return a queue that gets every packet from now on."""
        reader = Reader(max_packets, self._left)
        self._readers.add(reader)
        return reader

    def _left(self, reader: Reader) -> None:
        self.counters.readers_dropped += reader.dropped
        self._readers.discard(reader)

    # How it is

    @property
    def is_live(self) -> bool:
        """Whether packets are coming."""
        return self._state.status == "live"

    @property
    def last_on_air_us(self) -> int | None:
        """When it was last on air: now while it is; None when it never was."""
        return self._now_us() if self.is_live else self._on_air_us

    @property
    def is_off_air(self) -> bool:
        """Whether it is known that no packets are coming."""
        return self._state.status in {"offline", "error"}

    def end(self, status: Status = "offline", error: str | None = None) -> None:
        """Cut the publisher off and say why."""
        self._renew_inlet()
        self.is_fed = False
        self._set(status, error)

    def _set(self, status: Status, error: str | None) -> None:
        if (status, error) != (self._state.status, self._state.error):
            now_us = self._now_us()
            if self.is_live and status != "live":
                self._on_air_us = self.health.arrived_us or now_us
                self._is_new = True
                self.health.end()
            elif status == "live" and self._on_air_us is not None:
                self.health.is_back(now_us, self._on_air_us)
            self._state = _State(status, error, now_us)
            for callback in self.on_batch:
                callback()

    def status(self) -> StreamStatus:
        """Return how the stream is doing."""
        window = self.ring.window()
        header = self.ring.header
        publisher = self._publisher.info() if self._publisher else None
        dropped = sum(reader.dropped for reader in self._readers) + self.counters.readers_dropped
        status = StreamStatus(
            stream_id=self.id,
            status=self._state.status,
            error=self._state.error,
            reason=self._trouble(header, publisher) if self.is_live else None,
            window=Window(start_us=window[0], end_us=window[1]) if window else None,
            video=self._video(header),
            audio=_audio(header),
            viewers=self.counters.viewers(),
            since_us=self._state.since_us,
            last_on_air_us=self.last_on_air_us,
            ring_bytes=self.ring.byte_size,
            corrupt_packets=self.counters.corrupt,
            dropped_packets=dropped + self.counters.overflow + self.ring.dropped,
            discontinuities=self.counters.discontinuities,
            format_changes=self.counters.format_changes,
            reconnects=self.counters.reconnects,
            keyframe_interval_ms=self.health.keyframe_interval_us // 1000,
            ingest=publisher,
        )
        return with_state(status)

    def _trouble(self, header: Header | None, publisher: IngestInfo | None) -> str | None:
        video = header.video if header else None
        return self.health.trouble(
            self._now_us(),
            declared_fps=video.fps if video else 0.0,
            loss_percent=publisher.loss_percent if publisher else 0.0,
        )

    def _now_us(self) -> int:
        return to_us(self._clock.now())

    def _video(self, header: Header | None) -> VideoInfo | None:
        if header is None or header.video is None:
            return None
        return VideoInfo(
            codec=header.video.codec,
            width=header.video.width,
            height=header.video.height,
            fps=self.health.fps or header.video.fps,
            bitrate_kbps=self.health.bitrate_kbps,
        )


def _audio(header: Header | None) -> AudioInfo | None:
    if header is None or header.audio is None:
        return None
    audio = header.audio
    return AudioInfo(codec=audio.codec, sample_rate=audio.sample_rate, channels=audio.channels)
