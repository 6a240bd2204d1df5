"""Requests to a decoder process, and its answers."""

from pathlib import Path

import msgspec

from domain.live.wire import ImageFormat
from media_server.media.selection import FrameBytes


class Question(msgspec.Struct):
    """A still to decode."""

    frame: FrameBytes
    format: ImageFormat
    max_width: int | None


class FilmQuestion(msgspec.Struct):
    """A frame of a finished video file, and the file's size and length."""

    path: Path
    at_us: int
    format: ImageFormat
    max_width: int | None


class Answer(msgspec.Struct):
    """An image, or the reason why there is none; of a file, the size is its own."""

    data: bytes = b""
    width: int = 0
    height: int = 0
    at_us: int = 0
    duration_ms: int | None = None
    error: str | None = None
