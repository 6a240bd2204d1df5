"""A finished file as a ring: cutting a range or finding a frame works as in a live stream."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.container import InputContainer

from domain.core.beginning import beginning_us
from domain.core.errors import BadInput, UnsupportedMedia
from media_server.ingest.display_times import display_times
from media_server.ingest.lines import Lines
from media_server.ingest.nested import none_nested
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import Unit
from media_server.media.packet import Header, Packet
from media_server.media.reorder import Reorder
from media_server.media.ring import Ring, Selection

_ENDLESS = 1 << 62
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,mpegts,mpeg,avi"
# Source times may be negative (frames that are decoded but not shown).
ORIGIN_US = 1_000_000_000_000


# How much before a range is read: without an index, a seek may end behind the keyframe.
_MARGINS_US: Final = (2_000_000, 20_000_000, 200_000_000, _ENDLESS)
_MARGIN_US = _MARGINS_US[0]
_Range = tuple[int, int]


def ring_of(path: Path, within_us: _Range | None = None) -> Ring:
    """Return a file's packets; presentation time 0 maps to `ORIGIN_US`.

    Of a long file, give the range that is needed: it and the GOPs around it are read.

    Raises:
        BadInput: It is not a video file.
        UnsupportedMedia: It is damaged.
    """
    start_us, end_us = within_us or (0, _ENDLESS)
    for margin_us in _MARGINS_US:
        ring = _read(path, start_us - margin_us, end_us + _MARGIN_US)
        chunks = ring.video.chunks
        if start_us <= margin_us or (chunks and chunks[0].start_us <= start_us + ORIGIN_US):
            break
    if ring.window() is None:
        raise UnsupportedMedia("The file has no video that can be cut.")
    return ring


def part_of(path: Path, within_us: _Range) -> Selection:
    """Return a range of a file, from its first frame on if the range begins before.

    Raises:
        As `ring_of`; LeftTheBuffer, TooEarly: It has nothing there.
    """
    ring = ring_of(path, within_us)
    start_us, end_us = (at + ORIGIN_US for at in within_us)
    first_us = ring.video.chunks[0].start_us if ring.video.chunks else start_us
    return ring.select(min(max(start_us, first_us), end_us - 1), end_us)


def _read(path: Path, start_us: int, end_us: int) -> Ring:
    try:
        with path.open("rb") as file:
            times: Mapping[int, int] = {}
            with _opened(file) as container:
                if container.format.name == "avi":
                    if start_us > 0:
                        _seek(container, start_us)
                    times = display_times(container, end_us)
            file.seek(0)
            with _opened(file) as container:
                return _fill(container, start_us, end_us, times)
    except (av.FFmpegError, SourceError) as error:
        raise BadInput(
            "The file cannot be cut. Convert it to MP4 with H.264 and AAC, and try again."
        ) from error


def _opened(file: BinaryIO) -> InputContainer:
    options = {"format_whitelist": _FORMATS}
    return av.open(file, "r", options=options, io_open=none_nested())


def _fill(container: InputContainer, start_us: int, end_us: int, times: Mapping[int, int]) -> Ring:
    ring = Ring(_ENDLESS, _ENDLESS)
    lines = Lines.of(container)
    first_us = beginning_us(container)
    clock = _Clock(ORIGIN_US - first_us)
    if start_us > 0:
        _seek(container, start_us + first_us)
    ended: set[int] = set()
    for packet in container.demux([container.streams[index] for index in lines.by_index]):
        if len(ended) == len(lines.by_index):
            break
        track = lines.by_index[packet.stream_index]
        if times and track is lines.video:
            packet.pts = None if packet.dts is None else times.get(packet.dts)
        for unit in track.feed(packet) if packet.size else ():
            placed = clock.place(unit)
            if placed is None:
                continue
            if placed.dts_us >= end_us + ORIGIN_US:
                ended.add(packet.stream_index)
                continue
            header = Header(
                video=lines.video.params if lines.video else None,
                audio=lines.audio.params if lines.audio else None,
            )
            ring.append(placed, header)
    return ring


class _Clock:
    """Places units on the ring's timeline, with decode times that never go back."""

    def __init__(self, origin_us: int) -> None:
        self._origin_us = origin_us
        self._reorder = Reorder(2)
        self._last: dict[str, int] = {}

    def place(self, unit: Unit) -> Packet | None:
        """Return a unit as a packet; None if it has no time."""
        if unit.pts is None:
            return None
        scale = unit.time_base * 1_000_000
        duration = round((unit.duration or 0) * scale)
        pts = round(unit.pts * scale)
        dts = round(unit.dts * scale) if unit.dts is not None else self._reorder.dts(pts, duration)
        dts = self._last[unit.track] = min(pts, max(dts, self._last.get(unit.track, dts)))
        placed = (pts + self._origin_us, dts + self._origin_us)
        return Packet(unit.track, *placed, duration, unit.is_key, unit.data)


def _seek(container: InputContainer, to_us: int) -> None:
    """Go to a keyframe before a time; a file without an index is read from its start."""
    with contextlib.suppress(av.FFmpegError):
        container.seek(to_us, backward=True)
