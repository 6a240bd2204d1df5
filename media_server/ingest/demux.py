"""Reads an open source: packets pass through their tracks onto the stream's timeline."""

import threading
import time
from collections.abc import Callable

import av

from domain.core.errors import UnsupportedMedia
from media_server.ingest.joiner import BOTH, Joiner
from media_server.ingest.opened import Opened
from media_server.ingest.pace import Pace
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import AnyTrack, AvPacket, Unit, time_of
from media_server.media.ticks import MICROSECONDS
from media_server.media.timeline import Timeline
from media_server.relay.source import Sink

# Give up on a source that sends nothing but damaged packets.
_MOST_DAMAGED = 500
# How long audio waits for video that a source has announced.
_PATIENCE_S = 5.0
_MOST_EARLY = 1000


def _now_us() -> int:
    return time.time_ns() // 1000


class Reader:
    """Reads one open source until it ends, fails or is stopped."""

    def __init__(
        self,
        opened: Opened,
        timeline: Timeline,
        sink: Sink,
        stopped: threading.Event,
        *,
        now_us: Callable[[], int] = _now_us,
    ) -> None:
        self._opened = opened
        self._now_us = now_us
        self._sink = sink
        self._stopped = stopped
        self._lines = opened.lines
        self._pace = Pace(stopped) if opened.is_paced else None
        self._joiner = Joiner(
            timeline, sink, patience_s=_PATIENCE_S, keep=_MOST_EARLY, adjust=self._adjust
        )
        self._joiner.expected = {each for each in BOTH if getattr(self._lines, each) is not None}
        self._damaged = 0
        timeline.restart()

    def run(self) -> None:
        """Read.

        Raises:
            SourceError: It ended, or sends nothing usable.
            av.FFmpegError: It failed.
        """
        try:
            self._read()
        finally:
            self._joiner.close()

    def _read(self) -> None:
        while not self._stopped.is_set():
            for track, packet in self._opened.packets():
                if self._stopped.is_set():
                    return
                self._opened.alive()
                self._take(track, packet)
            if not self._opened.rewind():
                raise SourceError("The source has ended.", kind="ended")

    def _take(self, track: AnyTrack, packet: AvPacket) -> None:
        if packet.is_corrupt:
            self._damage()
            return
        if self._opened.is_untimed:
            _stamp(packet, self._now_us())
        try:
            for unit in track.feed(packet):
                self._post(unit)
        except (UnsupportedMedia, av.InvalidDataError):
            self._damage()

    def _damage(self) -> None:
        self._sink.count(corrupt=1)
        self._damaged += 1
        if self._damaged > _MOST_DAMAGED:
            raise SourceError(
                "The source sends video or audio that is damaged or of an unknown format.",
                kind="unsupported",
            )

    def _post(self, unit: Unit) -> None:
        lines = self._lines
        video = lines.video.params if lines.video else None
        audio = lines.audio.params if lines.audio else None
        self._joiner.add(unit, 0, video, audio)

    def _adjust(self, unit: Unit, _arrival_us: int) -> tuple[Unit, int] | None:
        """Return a unit where its pass through a looped file places it, once it is due."""
        self._damaged = 0
        offset = self._opened.offset(unit)
        if offset is None:
            return None
        if offset:
            unit = unit._replace(
                pts=None if unit.pts is None else unit.pts + offset,
                dts=None if unit.dts is None else unit.dts + offset,
            )
        if self._pace is not None:
            self._pace.wait(float(time_of(unit) * unit.time_base))
        return unit, self._now_us()


def _stamp(packet: AvPacket, now_us: int) -> None:
    """Give a packet the time of its arrival."""
    base = packet.time_base or MICROSECONDS
    packet.pts = packet.dts = round(now_us * MICROSECONDS / base)
