"""Ranges of a video: which are allowed, which whole lines they hold, and what is said in them."""

from collections.abc import Sequence
from typing import Final

from domain.core.errors import BadFields
from domain.infra.database import Record
from domain.videos.models import Transcript
from domain.videos.service import not_ready
from domain.videos.transcripts import part_of

_SHORTEST_MS: Final = 500
_GAP_MS: Final = 300
_UNTITLED: Final = "Moment"


def whole_lines(
    transcript: Transcript, start_ms: int, end_ms: int, duration_ms: int
) -> tuple[int, int]:
    """Return a span extended to whole lines and into the pauses around them."""
    lines = [
        (at, line)
        for at, line in enumerate(transcript.lines)
        if line.start_ms < end_ms and line.end_ms > start_ms
    ]
    if not lines:
        return start_ms, end_ms
    (first, one), (last, other) = lines[0], lines[-1]
    before = transcript.lines[first - 1].end_ms if first else 0
    following = transcript.lines[last + 1 :]
    after = following[0].start_ms if following else duration_ms
    return (
        max(one.start_ms - _GAP_MS, (before + one.start_ms) // 2, 0),
        min(
            max(other.end_ms, min(other.end_ms + _GAP_MS, (after + other.end_ms) // 2)), duration_ms
        ),
    )


def check_range(row: Record, start_ms: int, end_ms: int) -> None:
    """Refuse a range that is not inside the video, or is too short.

    Raises:
        BadFields: It is not. Conflict: The video's length is not known yet.
    """
    duration_ms = row["duration_ms"]
    if duration_ms is None:
        raise not_ready("The video has not been examined yet.")
    problems: dict[str, str] = {}
    if start_ms < 0:
        problems["start_s"] = "must be at least 0"
    if end_ms > duration_ms:
        problems["end_s"] = f"must be at most {duration_ms / 1000}, the length of the video"
    elif end_ms - start_ms < _SHORTEST_MS:
        problems["end_s"] = "must be at least half a second after start_s"
    if problems:
        raise BadFields(problems)


def title_of(transcript: Transcript | None, start_ms: int, end_ms: int) -> str:
    """Return the first line that is said in a range, as a title."""
    lines: Sequence[str] = ()
    if transcript is not None:
        lines = [line.text for line in part_of(transcript, start_ms, end_ms).lines]
    return next(iter(lines), _UNTITLED)
