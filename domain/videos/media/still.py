"""The frame that a recording shows at an instant, as PNG."""

from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL.Image import Image

from domain.core.errors import UnsupportedMedia
from domain.core.upright import whole
from domain.videos.media.files import opened


def still(path: Path, at_ms: int, target: Path) -> tuple[int, int]:
    """Write the frame shown at an instant, or the last one before it; return its size.

    Raises:
        UnsupportedMedia: There is no frame there.
    """
    with opened(path) as source:
        if not source.streams.video:
            raise UnsupportedMedia("This file has no video. Choose another one.")
        video = source.streams.video[0]
        at_us = at_ms * 1000 + (source.start_time or 0)
        source.seek(at_us, backward=True)
        before: VideoFrame | None = None
        shown: VideoFrame | None = None
        for frame in source.decode(video):
            if frame.time is None:
                continue
            if shown is not None and frame.time * 1_000_000 > at_us + 500:
                break
            before, shown = shown, frame
        if shown is None:
            raise UnsupportedMedia("There is no frame at this time. Choose an earlier one.")
        image = upright(shown, video, before)
    image.convert("RGB").save(target, "PNG", compress_level=4)
    return image.size


def upright(frame: VideoFrame, video: VideoStream, before: VideoFrame | None = None) -> Image:
    """Return a frame as people see it: whole, with square pixels, and turned.

    `before` is the frame before it, if that is known: it sharpens an interlaced one.
    """
    aspect = Fraction(video.sample_aspect_ratio or 1)
    picture: Image = whole(frame, before).to_image()  # type: ignore[no-untyped-call]
    image = picture.resize((max(1, round(frame.width * aspect)), frame.height))
    return image.rotate(round(frame.rotation), expand=True)
