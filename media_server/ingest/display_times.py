"""When the frames of an AVI file are shown: it has only the order in which they are decoded."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from domain.core.errors import BadInput
from media_server.ingest.unit import AvPacket

# Of these, libav does not tell from a packet alone when its frame is shown.
_UNTOLD: Final = frozenset({"h264", "hevc"})
_PACKED: Final = re.compile(rb"DivX\d+(?:b|Build)\d+p")


def display_times(container: InputContainer, end_us: int) -> Mapping[int, int]:
    """Return the presentation times by decode time, up to an end; nothing where libav tells them.

    The frames are decoded for it: one is shown when the decoder returns it, as players do.

    Raises:
        BadInput: There are several frames in a packet, which says nothing of the second one's time.
    """
    video = next(iter(container.streams.video), None)
    if video is None:
        return {}
    if video.codec_context.name not in _UNTOLD or not video.codec_context.has_b_frames:
        _refuse_packed(container, video)
        return {}
    shown: dict[int, int] = {}
    last, usual = 0, 1
    for packet in _until(container, video, end_us):
        usual = packet.duration or usual
        for frame in _frames(video, packet):
            last = last + usual if frame.dts is None else frame.dts
            if frame.pts is not None:
                shown[frame.pts] = last
    return shown


def _until(container: InputContainer, video: VideoStream, end_us: int) -> Iterator[AvPacket]:
    """Yield the packets up to an end, and the empty one that makes the decoder return the rest."""
    for packet in container.demux(video):
        if packet.dts is not None and packet.dts * packet.time_base * 1_000_000 > end_us:
            break
        packet.pts = packet.dts
        yield packet
        if not packet.size:
            return
    yield av.Packet()


def _frames(video: VideoStream, packet: AvPacket) -> list[av.VideoFrame]:
    try:
        return video.codec_context.decode(packet)
    except av.InvalidDataError:
        return []


def _refuse_packed(container: InputContainer, video: VideoStream) -> None:
    if video.codec_context.name != "mpeg4":
        return
    first = next((bytes(packet) for packet in container.demux(video) if packet.size), b"")
    if _PACKED.search((video.codec_context.extradata or b"") + first):
        raise BadInput(
            "This AVI file has two frames in one packet, as DivX wrote them, so it cannot be cut"
            " exactly. Convert it to MP4 with H.264 and AAC, and try again."
        )
