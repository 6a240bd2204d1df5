"""A finished video file of any codec: a frame of it, its size and its length.

The decoder opens whatever a user uploaded, so this runs in a decoder process, and libav may open
nothing but the file itself: no playlists, and no further files or URLs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.core.errors import UnsupportedMedia
from domain.core.upright import quarters_of, whole
from media_server.media.still import THREADS, ImageFormat, encode, to_upright_rgb

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,ogg"
_CONFINED = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
_UNREADABLE = "The file is not a readable video."


@dataclass(frozen=True, slots=True)
class Film:
    """A frame as an image, and what the whole file is."""

    data: bytes
    width: int
    height: int
    duration_ms: int | None


def look_at(path: Path, at_us: int, *, image_format: ImageFormat, max_width: int | None) -> Film:
    """Return the frame that a file shows at a time, as an image no wider than `max_width`.

    Before the file's first frame and behind its last one, it is that frame.

    Raises:
        UnsupportedMedia: It is not a video file, or cannot be decoded.
    """
    try:
        with path.open("rb") as file, av.open(file, "r", options=_CONFINED) as container:
            if not container.streams.video:
                raise UnsupportedMedia(_UNREADABLE)
            stream = container.streams.video[0]
            frame = _frame_at(container, stream, at_us)
            duration_ms = _duration_ms(container, stream)
    except (av.FFmpegError, OSError, UnicodeDecodeError) as error:
        raise UnsupportedMedia(_UNREADABLE) from error
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    quarters = quarters_of(frame)
    width, height = round(frame.width * aspect), frame.height
    if quarters % 2:
        width, height = height, width
    pixels = to_upright_rgb(frame, quarters, aspect=aspect, max_width=max_width)
    return Film(encode(pixels, image_format), width, height, duration_ms)


def _frame_at(container: InputContainer, stream: VideoStream, at_us: int) -> VideoFrame:
    stream.thread_type, stream.codec_context.thread_count = "FRAME", THREADS
    start = stream.start_time or 0
    at = start + round(at_us / 1_000_000 / (stream.time_base or 1))
    if at > start:
        container.seek(at, stream=stream)
    before = shown = None
    for frame in _frames(container, stream):
        if shown is not None and frame.pts is not None and frame.pts > at:
            break
        before, shown = shown, frame
    if shown is None:
        raise UnsupportedMedia(_UNREADABLE)
    return whole(shown, before)


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield frames; damaged packets are left out."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _duration_ms(container: InputContainer, stream: VideoStream) -> int | None:
    """Return the length; recorders that stream their file leave it out, so packets tell."""
    if container.duration is not None:
        return round(container.duration / 1000)
    ends = [
        (packet.pts + (packet.duration or 0)) * packet.time_base
        for packet in container.demux(stream)
        if packet.pts is not None
    ]
    return round(max(ends) * 1000) if ends else None
