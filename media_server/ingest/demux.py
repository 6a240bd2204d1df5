"""Reads an open source: packets pass through their tracks onto the stream's timeline."""

import threading
import time
from dataclasses import dataclass, field

import av
from av.container import InputContainer

from domain.core.errors import UnsupportedMedia
from media_server.ingest.audio import audio_track
from media_server.ingest.joiner import BOTH, Joiner
from media_server.ingest.opening import Opened
from media_server.ingest.pace import Pace
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import AvPacket, Track, Unit, time_of
from media_server.ingest.video import video_track
from media_server.media.packet import AudioParams, VideoParams
from media_server.media.timeline import Timeline
from media_server.relay.source import Sink

# Give up on a source that sends nothing but damaged packets.
_MOST_DAMAGED = 500
# How long audio waits for video that a source has announced.
_PATIENCE_S = 5.0
_MOST_EARLY = 1000


@dataclass
class Lines:
    """The tracks of an open source to keep: the first video, the first audio."""

    container: InputContainer
    video: Track[VideoParams] | None = None
    audio: Track[AudioParams] | None = None
    by_index: dict[int, Track[VideoParams] | Track[AudioParams]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        streams = self.container.streams
        pictures, sounds = streams.video, streams.audio
        if not pictures and not sounds:
            raise SourceError("The source has neither video nor sound.", kind="unsupported")
        if pictures:
            self.video = self.by_index[pictures[0].index] = video_track(pictures[0])
        if sounds:
            self.audio = self.by_index[sounds[0].index] = audio_track(sounds[0])


class Reader:
    """Reads one open source until it ends, fails or is stopped."""

    def __init__(
        self, opened: Opened, timeline: Timeline, sink: Sink, stopped: threading.Event
    ) -> None:
        self._opened = opened
        self._sink = sink
        self._stopped = stopped
        self._lines = Lines(opened.container)
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
        container = self._opened.container
        streams = [container.streams[index] for index in self._lines.by_index]
        while not self._stopped.is_set():
            for packet in container.demux(streams):
                if self._stopped.is_set():
                    return
                self._opened.alive()
                self._take(packet)
            if not self._opened.rewind():
                raise SourceError("The source has ended.", kind="ended")

    def _take(self, packet: AvPacket) -> None:
        if packet.size == 0:
            return  # libav's end marker
        if packet.is_corrupt:
            self._damage()
            return
        line = self._lines.by_index[packet.stream_index]
        try:
            for unit in line.feed(packet):
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
        return unit, time.time_ns() // 1000
