"""A finished file as a ring: cutting a range or finding a frame works as in a live stream."""

import contextlib
from pathlib import Path

import av
from av.container import InputContainer

from domain.core.errors import BadInput, UnsupportedMedia
from media_server.ingest.lines import Lines
from media_server.ingest.nested import none_nested
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import Unit
from media_server.media.packet import Header, Packet
from media_server.media.reorder import Reorder
from media_server.media.ring import Ring

_ENDLESS = 1 << 62
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv"
# Source times may be negative (frames that are decoded but not shown).
ORIGIN_US = 1_000_000_000_000


_MARGIN_US = 2_000_000
_Range = tuple[int, int]


def ring_of(path: Path, within_us: _Range | None = None) -> Ring:
    """Return a file's packets; presentation time 0 maps to `ORIGIN_US`.

    Of a long file, give the range that is needed: it and the GOPs around it are read.

    Raises:
        BadInput: It is not a video file.
        UnsupportedMedia: It is damaged.
    """
    try:
        with (
            path.open("rb") as file,
            av.open(
                file, "r", options={"format_whitelist": _FORMATS}, io_open=none_nested()
            ) as container,
        ):
            return _fill(container, within_us)
    except (av.FFmpegError, SourceError) as error:
        raise BadInput(
            "The file cannot be cut. Convert it to MP4 with H.264 and AAC, and try again."
        ) from error


def _fill(container: InputContainer, within_us: _Range | None) -> Ring:
    ring = Ring(_ENDLESS, _ENDLESS)
    lines = Lines.of(container)
    # Recorders of broadcasts begin at any time, and players count from there.
    first_us = (container.start_time or 0) if container.format.name == "flv" else 0
    clock = _Clock(ORIGIN_US - first_us)
    end_us = within_us[1] + _MARGIN_US if within_us else _ENDLESS
    if within_us is not None:
        _seek(container, within_us[0] - _MARGIN_US + first_us)
    ended: set[int] = set()
    for packet in container.demux([container.streams[index] for index in lines.by_index]):
        if len(ended) == len(lines.by_index):
            break
        for unit in lines.by_index[packet.stream_index].feed(packet) if packet.size else ():
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
    if ring.window() is None:
        raise UnsupportedMedia("The file has no video that can be cut.")
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
    if to_us > 0:
        with contextlib.suppress(av.FFmpegError):
            container.seek(to_us, backward=True)
