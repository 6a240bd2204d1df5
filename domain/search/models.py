"""Searches and what they find, as other code sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["moment", "line", "message", "track"]
Match = Literal["meaning", "words"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage that is to be stored."""

    organization_id: str
    kind: Kind
    number: int
    moment_id: str | None
    text: str
    created_at: datetime
    video_id: str | None = None
    session_id: str | None = None
    start_s: float | None = None
    author: str = ""
    emotion: str | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for."""

    text: str
    kinds: Sequence[Kind] = ()  # any of them
    moment_id: str | None = None
    since: datetime | None = None
    match: Match = "meaning"
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, in a moment or of a track.

    `highlights` are ranges of characters of `text`; `match` says whether its words were found, or
    its meaning alone.
    """

    kind: Kind
    source_id: str
    moment_id: str | None
    moment_kind: str | None
    video_id: str | None
    title: str
    text: str
    highlights: Sequence[tuple[int, int]]
    author: str
    emotion: str | None
    start_s: float | None
    created_at: datetime
    score: float
    session_id: str | None = None
    match: Match = "words"
    emotions: tuple[str, ...] = ()  # of the line, else of the moment
    origins: tuple[str, ...] = ()  # the moment's branch, stream and VM

    @property
    def href(self) -> str:
        """The address of the page that opens it, at its time."""
        if self.kind == "track":
            return f"/tracks/{self.source_id}"
        if self.session_id is not None:
            return f"/chats/{self.session_id}"
        if self.video_id is not None:
            return f"/videos/{self.video_id}?t={self.start_s or 0:g}"
        return f"/library/{self.moment_id}"


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; `reason` says why words alone were searched, if so."""

    hits: Sequence[Hit]
    match: Match
    reason: str | None = None
