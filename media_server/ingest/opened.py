"""A source that has been opened, whatever opened it."""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final, Protocol

from av.container import InputContainer

from media_server.ingest.http_io import HttpOpener
from media_server.ingest.interleave import Interleaved
from media_server.ingest.lines import Lines
from media_server.ingest.unit import TrackPacket, Unit, time_of
from media_server.media.packet import Track

STALL_S: Final = 10.0
_PADDING_S: Final = Fraction(1, 2)
_RAW: Final = frozenset({"h264", "hevc", "mjpeg", "mpegvideo", "m4v"})


class Packets(Protocol):
    """A demuxer: its tracks, and their packets."""

    lines: Lines

    def packets(self) -> Iterator[TrackPacket]:
        """Yield packets until the source ends."""
        ...


class Demuxed:
    """libav's demuxer.

    A live source of a raw format has no timestamps: libav would assume 25 frames per second. With
    B-frames the order of arrival is not that of display, so libav's guess is kept.
    """

    def __init__(
        self, container: InputContainer, *, is_live: bool = False, without_audio: bool = False
    ) -> None:
        self._container = container
        is_raw = is_live and container.format.name in _RAW
        videos = container.streams.video
        self.is_untimed = is_raw and not any(each.codec_context.has_b_frames for each in videos)
        self.lines = Lines.of(container, is_untimed=self.is_untimed)
        if without_audio and self.lines.video is not None:
            self.lines.drop_audio()

    def packets(self) -> Iterator[TrackPacket]:
        """Yield packets until the source ends."""
        streams = self._container.streams
        for packet in self._container.demux([streams[index] for index in self.lines.by_index]):
            if packet.size:  # libav marks the end with an empty one
                yield TrackPacket(self.lines.by_index[packet.stream_index], packet)


class Merged:
    """The tracks of one demuxer or several, in the order of their times."""

    def __init__(self, *sources: Packets) -> None:
        self._sources = sources
        self.lines = Lines()
        for lines in (source.lines for source in sources):
            self.lines.video = self.lines.video or lines.video
            self.lines.audio = self.lines.audio or lines.audio

    def packets(self) -> Iterator[TrackPacket]:
        """Yield packets until one of the sources ends."""
        tracks = [[*source.lines.by_index.values()] for source in self._sources]
        return iter(Interleaved([source.packets() for source in self._sources], tracks))


class Opened:
    """A source that has been opened.

    Args:
        source: Its packets.
        http: Its opener, if it is fetched over HTTP.
        is_paced: Whether it would deliver faster than real time.
        is_untimed: Whether its packets have no times of their own, and belong to their arrival.
        rewind: Goes back to the start of a file.
    """

    def __init__(
        self,
        source: Packets,
        *,
        http: HttpOpener | None = None,
        is_paced: bool = False,
        is_untimed: bool = False,
        rewind: Callable[[], object] | None = None,
    ) -> None:
        self.lines = source.lines
        self.packets = source.packets
        self.is_paced = is_paced
        self.is_untimed = is_untimed
        self._http = http
        self._to_start = rewind
        self._base = Fraction(0)  # seconds of earlier rounds before this one
        self._ends: dict[Track, Fraction] = {}  # progress of this round
        self._sound_until = Fraction(0)

    def alive(self) -> None:
        """Note a packet's arrival, which restarts the stall timer."""
        if self._http is not None:
            self._http.deadline = time.monotonic() + STALL_S

    def offset(self, unit: Unit) -> int | None:
        """Return the time offset of this round's units, or None for units outside it."""
        if self._to_start is None:
            return 0
        shown = unit.pts if unit.pts is not None else time_of(unit)
        start = shown * unit.time_base
        end = start + (unit.duration or 0) * unit.time_base
        if unit.track == "audio":
            # At the seam, the encoder's priming overlaps the end of the previous round.
            if self._base and self._base + start < self._sound_until:
                return None
            self._sound_until = self._base + end
        self._ends[unit.track] = max(self._ends.get(unit.track, end), end)
        return round(self._base / unit.time_base)

    def rewind(self) -> bool:
        """Restart a file with continuous times; return whether this source can."""
        if self._to_start is None or not self._ends:
            return False
        # Video sets the length, so that its frames stay evenly spaced; audio that is slightly
        # longer, as encoders pad it, is cut there.
        length = max(self._ends.values())
        video = self._ends.get("video", length)
        self._base += video if length - video < _PADDING_S else length
        self._ends = {}
        self._to_start()
        return True
