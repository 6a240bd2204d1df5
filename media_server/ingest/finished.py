"""A finished file as a ring: cutting a range or finding a frame works as in a live stream."""

from pathlib import Path

import av

from domain.core.errors import BadInput, UnsupportedMedia
from media_server.ingest.demux import Lines
from media_server.ingest.nested import none_nested
from media_server.ingest.reasons import SourceError
from media_server.media.packet import Header, Packet
from media_server.media.reorder import Reorder
from media_server.media.ring import Ring

_ENDLESS = 1 << 62
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
# Source times may be negative (frames that are decoded but not shown).
ORIGIN_US = 1_000_000_000_000


def ring_of(path: Path) -> Ring:
    """Return a file's packets; presentation time 0 maps to `ORIGIN_US`.

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
            return _fill(container)
    except (av.FFmpegError, SourceError) as error:
        raise BadInput("The file is not a readable video.") from error


def _fill(container: av.container.InputContainer) -> Ring:
    ring = Ring(_ENDLESS, _ENDLESS)
    lines = Lines(container)
    reorder = Reorder(2)
    last_dts: dict[str, int] = {}
    for packet in container.demux([container.streams[index] for index in lines.by_index]):
        if packet.size == 0:
            continue
        for unit in lines.by_index[packet.stream_index].feed(packet):
            scale = unit.time_base * 1_000_000
            duration = round((unit.duration or 0) * scale)
            if unit.pts is None:
                continue
            pts = round(unit.pts * scale)
            dts = round(unit.dts * scale) if unit.dts is not None else reorder.dts(pts, duration)
            dts = min(pts, max(dts, last_dts.get(unit.track, dts)))
            last_dts[unit.track] = dts
            header = Header(
                video=lines.video.params if lines.video else None,
                audio=lines.audio.params if lines.audio else None,
            )
            placed = (pts + ORIGIN_US, dts + ORIGIN_US)
            ring.append(Packet(unit.track, *placed, duration, unit.is_key, unit.data), header)
    if ring.window() is None:
        raise UnsupportedMedia("The file has no video that can be cut.")
    return ring
