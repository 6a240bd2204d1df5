"""Suggestions as other code sees them: immutable values, no rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.moments.models import Kind

NEEDED: Final = 3  # own moments, before suggestions begin

Signal = Literal["together", "meaning", "tags", "emotion", "place"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A moment that somebody may like, and why: one sentence that they can check."""

    id: str
    kind: Kind
    title: str
    note: str
    slug: str | None  # of its public page
    is_ours: bool  # of the caller's organisation
    track_id: str | None
    url: str | None  # at its provider
    track: str
    artist: str
    start_ds: int | None
    end_ds: int | None
    length_ms: int | None
    emotions: tuple[str, ...]
    score: float
    signal: Signal
    reason: str


@dataclass(frozen=True, slots=True)
class Because:
    """Suggestions that come from one moment of the caller."""

    moment_id: str
    title: str
    items: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Rising:
    """A track whose best part more and more people save."""

    track_id: str
    url: str
    track: str
    artist: str
    start_s: int
    end_s: int
    people: int
    gained: int
    heat: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class News:
    """What somebody did whom the caller follows, or what others saved of an artist."""

    name: str
    href: str | None
    is_artist: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist of whom the caller saved several parts."""

    name: str
    parts: int

    @property
    def reason(self) -> str:
        """Why they are suggested."""
        return f"You saved {self.parts} parts of their songs."


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a caller may like now."""

    saved: int  # the caller's own moments that suggestions can come from, up to `NEEDED`
    because: tuple[Because, ...]
    rising: tuple[Rising, ...]
    news: tuple[News, ...]
    following: int
    artists: tuple[Artist, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a page of discoveries is wanted."""

    emotion: str | None = None
    region: str | None = None  # ISO 3166-1 alpha-2
    limit: int = 8
