"""What the media process and its callers both know; imports no media library, which costs 30 MB."""

from dataclasses import dataclass
from typing import Final

# Of a vertical clip.
WIDTH: Final = 720
HEIGHT: Final = 1280


@dataclass(frozen=True, slots=True)
class Probe:
    """A file's facts; without video, width and height are None."""

    duration_ms: int
    width: int | None
    height: int | None
    has_video: bool
    has_audio: bool
    captions: list[int]  # stream indexes of text subtitles
