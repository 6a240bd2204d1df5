"""A running stream: one publisher, one ring, readers with bounded queues.

Sources run in threads. They put packets into an inlet, and one pump on the event loop drains it for
all streams every few milliseconds, so a packet costs no thread switch. Everything else here belongs
to the event loop.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Protocol

from domain.core.log import get_logger
from domain.core.time import Clock
from domain.live.states import with_state
from domain.live.wire import AudioInfo, IngestInfo, Status, StreamStatus, VideoInfo, Window
from media_server.media.gaps import GapFiller
from media_server.media.packet import Arrival, Header
from media_server.media.ring import Ring
from media_server.relay.health import Health
from media_server.relay.player import Player
from media_server.relay.queues import Inlet, Reader

log = get_logger(__name__)


class LivePublisher(Protocol):
    """A publisher that accepts requests; on the event loop."""

    def ask_for_keyframe(self) -> bool:
        """Request a keyframe, unless that was just done; return whether it was requested."""
        ...

    def info(self) -> IngestInfo:
        """Return the connection's statistics."""
        ...


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
    players: Callable[[], Set[Player]] = field(default=frozenset)  # by HLS, over the last seconds
    sessions: Callable[[], list[Player]] = field(default=list)  # by WebRTC

    def viewers(self) -> int:
        """How many watch; a player that switches protocol counts once."""
        sessions = self.sessions()
        return len(sessions) + len(self.players() - set(sessions))


class LiveStream:
    """One stream: receives packets, keeps the newest, passes them on."""

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
        self.on_inlet: list[Callable[[], None]] = []  # called when a publisher connects
        self.is_fed = False  # whether a publisher holds the inlet
        self._clock = clock
        self._gaps = GapFiller()
        self._inlet = Inlet()
        self._publisher: LivePublisher | None = None
        self._readers: set[Reader] = set()
        self._state = _State(since_us=self._now_us())
        self._on_air_us = on_air_us  # the last publisher, before it went off air
        self._is_new = True  # the next packet is the first since then
        self._has_lacked_keyframes = False

    # Input

    def inlet(self) -> Inlet:
        """Return a new inlet; disconnects the previous publisher."""
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
        """Register the newest inlet's publisher, until another inlet replaces it."""
        self._publisher = publisher

    def ask_for_keyframe(self) -> bool:
        """Request a keyframe from the publisher; return whether it was requested.

        Returns False if the publisher cannot do that, or was just asked.
        """
        return self._publisher is not None and self._publisher.ask_for_keyframe()

    def drain(self) -> bool:
        """Drain the publisher's inlet; return whether there were packets."""
        inlet = self._inlet
        if inlet.corrupt or inlet.reconnects or inlet.overflow:
            self._take_counters(inlet)
        while inlet.reports:
            self._set(*inlet.reports.popleft())
        if not inlet.arrivals:
            return False
        now_us = self._now_us()
        self.health.arrived(now_us)
        while inlet.arrivals:
            self._take(inlet.arrivals.popleft(), now_us)
        for callback in self.on_batch:
            callback()
        return True

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
        elif before is not None and before is not arrival.header and self.ring.header is not before:
            self.counters.format_changes += 1  # a resolution change is no break
        self._is_new = False
        if self.ring.lacks_keyframes and not self._has_lacked_keyframes:
            self._has_lacked_keyframes = True
            log.warning("no_keyframes", stream=self.id)
            self.ask_for_keyframe()
        if kept:
            for reader in self._readers:
                reader.offer(arrival)

    # Output

    def read(self, max_packets: int = 2048) -> Reader:
        """Return a queue that gets every packet from now on."""
        reader = Reader(max_packets, self._left)
        self._readers.add(reader)
        return reader

    def _left(self, reader: Reader) -> None:
        self.counters.readers_dropped += reader.dropped
        self._readers.discard(reader)

    # State

    @property
    def is_live(self) -> bool:
        """Whether packets are arriving."""
        return self._state.status == "live"

    @property
    def last_on_air_us(self) -> int | None:
        """When it was last on air: now while it is, None if it never was."""
        return self._now_us() if self.is_live else self._on_air_us

    @property
    def error(self) -> str | None:
        """Why it failed, while it is off air because of that."""
        return self._state.error if self._state.status == "error" else None

    @property
    def is_off_air(self) -> bool:
        """Whether it is known to be off air."""
        return self._state.status in {"offline", "error"}

    def end(self, status: Status = "offline", error: str | None = None) -> None:
        """Disconnect the publisher and say why."""
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
        """Return the stream's status."""
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
            drift_percent=self._inlet.drift_percent,
            lacks_keyframes=self.ring.lacks_keyframes,
        )

    def _now_us(self) -> int:
        return self._clock.now_us()

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
