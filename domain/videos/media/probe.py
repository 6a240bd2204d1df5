"""What a media file is: its tracks, its length, and a picture of it."""

import io
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.core.errors import UnsupportedMedia
from domain.videos.media.facts import Probe
from domain.videos.media.files import opened
from domain.videos.media.still import upright

POSTER_WIDTH = 640
_PROTECTED = frozenset({"encv", "enca", "drmi", "drms", "drmt"})
_TEXT_CODECS = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})


def probe(path: Path, poster: Path) -> Probe:
    """Return a file's facts, and write a picture of it if it has video.

    Raises:
        UnsupportedMedia: It is damaged, protected, or has neither video nor audio.
    """
    with opened(path) as container:
        _refuse_protected(container)
        video = next(iter(_videos(container)), None)
        audio = next(iter(container.streams.audio), None)
        if video is None and audio is None:
            raise UnsupportedMedia("The file has neither video nor audio. Use another file.")
        texts = [
            stream.index
            for stream in container.streams.subtitles
            if stream.codec_context.name in _TEXT_CODECS
        ]
        width = height = None
        duration_ms = _duration_ms(container)
        if video is not None:
            width, height = _write_poster(container, video, duration_ms, poster)
    if duration_ms <= 0:
        raise UnsupportedMedia("The file has no length that can be read. Convert it to MP4.")
    return Probe(duration_ms, width, height, video is not None, audio is not None, texts)


def _videos(container: InputContainer) -> list[VideoStream]:
    """Return the video tracks; the cover of a song is none."""
    return [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]


def _refuse_protected(container: InputContainer) -> None:
    for stream in container.streams:
        context = getattr(stream, "codec_context", None)
        if context is not None and context.codec_tag in _PROTECTED:
            raise UnsupportedMedia(
                "The file is protected (DRM) and cannot be read. Use an unprotected copy."
            )


def _duration_ms(container: InputContainer) -> int:
    """Return the length; files that were streamed leave it out, so their packets tell."""
    if container.duration is not None:
        return round(container.duration / 1000)
    ends = [
        (packet.pts + (packet.duration or 0)) * packet.time_base
        for packet in container.demux()
        if packet.pts is not None
    ]
    container.seek(0)
    return round(max(ends, default=Fraction(0)) * 1000)


def _write_poster(
    container: InputContainer, video: VideoStream, duration_ms: int, poster: Path
) -> tuple[int, int]:
    """Write the frame at a tenth of the length, which is rarely black; return the size."""
    container.seek(duration_ms * 100, backward=True)
    frame = _first_frame(container, video)
    if frame is None:
        container.seek(0)
        frame = _first_frame(container, video)
    if frame is None:
        raise UnsupportedMedia(
            "The file's video cannot be decoded. Convert it to MP4 with H.264, and try again."
        )
    image = upright(frame, video)
    size = image.size
    image.thumbnail((POSTER_WIDTH, POSTER_WIDTH * 4))
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=82)
    poster.write_bytes(data.getvalue())
    return size


def _first_frame(container: InputContainer, video: VideoStream) -> VideoFrame | None:
    for tried, packet in enumerate(container.demux(video)):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            frames = []
        for frame in frames:
            if isinstance(frame, VideoFrame):
                return frame
        if tried > 500:
            break
    return None
