"""The player's content before any script runs: the newest frame, and the stream's state.

The templates are in `webapp/templates`, for members' and for public pages. `player.js` takes over
with the same words, and keeps this frame until its own first one.
"""

from dataclasses import dataclass
from pathlib import Path

from domain.live.models import Stream

TEMPLATES = Path(__file__).parent / "templates"
POSTER_WIDTH = 640  # tens of kilobytes; one of the sizes that a node caches
_WORDS = {
    "live": "Joining the stream",
    "connecting": "Waiting for the source",
    "offline": "Off air",
    "error": "The stream has a problem",
}
_WHY = {
    "offline": "Playback resumes when the stream is back.",
    "error": "The source does not answer. Moments keeps trying.",
}
_OVERVIEW_S = 150  # from this buffer on, wide screens get the overview too


@dataclass(frozen=True, slots=True)
class Opening:
    """The templates' variables."""

    poster: str | None  # with access included; None if the node has no frame
    words: str
    why: str | None
    is_coming: bool
    is_deep: bool
    may_capture: bool

    @classmethod
    def of(cls, stream: Stream, *, may_capture: bool) -> "Opening":
        """Return a stream page's initial state for a caller."""
        return cls(
            poster=f"{stream.poster_url}?w={POSTER_WIDTH}" if stream.window else None,
            words=_WORDS[stream.status],
            why=stream.error or _WHY.get(stream.status),
            is_coming=stream.status in {"live", "connecting"},
            is_deep=stream.buffer_s > _OVERVIEW_S,
            may_capture=may_capture,
        )
