"""Requests to a decoder process, and its answers."""

import msgspec

from domain.live.wire import ImageFormat
from media_server.media.selection import FrameBytes


class Question(msgspec.Struct):
    """A still to decode."""

    frame: FrameBytes
    format: ImageFormat
    max_width: int | None


class Answer(msgspec.Struct):
    """An image, or the reason why there is none."""

    data: bytes = b""
    width: int = 0
    height: int = 0
    at_us: int = 0
    error: str | None = None
