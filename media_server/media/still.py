"""One frame as an image: decoded from its keyframe on, with correct colours.

A pure function of bytes, so it can run in a worker process that a damaged stream may crash.
"""

import io
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, cast

import av
import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # it ships no types
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from domain.core.errors import UnsupportedMedia
from domain.core.upright import whole
from media_server.media.colour import FULL, colour_of
from media_server.media.h264 import parse_avcc, split_avcc
from media_server.media.selection import FrameBytes
from media_server.media.sps import parse_sps

ImageFormat = Literal["jpeg", "png", "webp"]
Pixels = NDArray[np.uint8]

_HEADERS = (7, 8)  # parameter sets
_US = Fraction(1, 1_000_000)
_DAMAGED = "That frame cannot be decoded because the stream is damaged there. Choose another time."
# Two threads decode film frames a third faster (benchmarks/still.py); more gain little.
THREADS = min(3, os.cpu_count() or 1)
_JPEG_QUALITY = 92
_WEBP_QUALITY = 90
_PNG_LEVEL = 1  # users wait for snapshots; the highest level is ten times slower for 5 %


@dataclass(frozen=True, slots=True)
class Still:
    """An image and the instant it shows."""

    data: bytes
    width: int
    height: int
    mime_type: str
    pts_us: int


def render(
    source: FrameBytes, *, image_format: ImageFormat = "jpeg", max_width: int | None = None
) -> Still:
    """Return a frame as an image, no wider than `max_width`.

    Raises:
        UnsupportedMedia: The frame cannot be decoded.
    """
    _, sps, _ = parse_avcc(source.extradata)
    aspect = Fraction(*(source.aspect or parse_sps(sps[0]).sar))
    frame = decode(source)
    pixels = to_upright_rgb(frame, source.quarters, aspect=aspect, max_width=max_width)
    height, width = pixels.shape[:2]
    data = encode(pixels, image_format)
    return Still(data, width, height, f"image/{image_format}", source.target_us)


def decode(source: FrameBytes) -> VideoFrame:
    """Return the decoded frame whose pts is the source's target, as a whole picture.

    Raises:
        UnsupportedMedia: The bytes do not decode to it.
    """
    before: VideoFrame | None = None
    try:
        context = av.CodecContext.create("h264", "r")
        context.extradata = source.extradata
        context.thread_type = "FRAME"
        context.thread_count = THREADS
        for packet in itertools.chain(_packets(source), [None]):
            for frame in context.decode(packet):
                if frame.pts == source.target_us:
                    return whole(frame, before)
                before = frame
    except av.error.FFmpegError as error:
        raise UnsupportedMedia(_DAMAGED) from error
    raise UnsupportedMedia(_DAMAGED)


def _packets(source: FrameBytes) -> "Iterator[av.Packet[Any]]":
    """Yield the packets that the target needs; skip unreferenced frames."""
    view, at = memoryview(source.data), 0
    for size, pts in zip(source.sizes, source.pts_us, strict=True):
        data = view[at : at + size]
        at += size
        if pts == source.target_us or _is_reference(data):
            packet: av.Packet[Any] = av.Packet(bytes(data))
            packet.pts = packet.dts = pts
            packet.time_base = _US
            yield packet


def _is_reference(sample: memoryview) -> bool:
    """Return whether later frames need this one: nal_ref_idc of its first slice, or its headers."""
    for unit in split_avcc(sample):
        if len(unit) and unit[0] & 31 in _HEADERS:
            return True
        if len(unit) and 1 <= unit[0] & 31 <= 5:
            return unit[0] & 0x60 != 0
    return False


def to_rgb(
    frame: VideoFrame, *, aspect: Fraction = Fraction(1), max_width: int | None = None
) -> Pixels:
    """Return a frame's pixels by its own colours; `aspect` is its sample aspect ratio."""
    width, height = _size(frame, aspect, max_width)
    colour = colour_of(frame)
    rgb = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=colour.swscale_matrix,
        src_color_range=colour.libav_range,
        dst_color_range=FULL,
        interpolation="AREA" if width < frame.width else "BICUBIC",
        threads=1,
    )
    return cast("Pixels", rgb.to_ndarray())


def to_upright_rgb(
    frame: VideoFrame, quarters: int, *, aspect: Fraction, max_width: int | None
) -> Pixels:
    """Return a frame's pixels as `to_rgb`, turned by quarters counter-clockwise."""
    if quarters % 2 and max_width is not None:
        max_width = max(1, round(max_width * frame.width * aspect / frame.height))
    return np.rot90(to_rgb(frame, aspect=aspect, max_width=max_width), quarters)


def _size(frame: VideoFrame, aspect: Fraction, max_width: int | None) -> tuple[int, int]:
    width, height = round(frame.width * aspect), frame.height
    if max_width is not None and width > max_width:
        width, height = max(1, max_width), max(1, round(height * max_width / width))
    return width, height


def encode(pixels: Pixels, image_format: ImageFormat) -> bytes:
    """Return pixels as an image file."""
    if image_format == "jpeg":
        contiguous = np.ascontiguousarray(pixels)
        jpeg: bytes = simplejpeg.encode_jpeg(contiguous, _JPEG_QUALITY, "RGB", "420")
        return jpeg
    out = io.BytesIO()
    image = Image.fromarray(pixels)
    if image_format == "png":
        image.save(out, "PNG", compress_level=_PNG_LEVEL)
    else:
        image.save(out, "WEBP", quality=_WEBP_QUALITY, method=2)
    return out.getvalue()
