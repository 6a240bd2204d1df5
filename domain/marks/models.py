"""Marks and tracks as other code sees them: immutable values, no rows.

Times inside are tenths of a second (`_ds`). A mark's are on the timeline of its own source; a
track's are on the canonical one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from domain.marks.links import Link
from domain.moments.models import Visibility

DecidedBy = Literal["alone", "rule", "isrc", "people"]
Period = Literal["all", "1y", "90d", "30d"]  # of reports; all but the first end today


@dataclass(frozen=True, slots=True)
class NewMark:
    """A part to save."""

    url: str
    start_ds: int
    end_ds: int
    note: str = ""
    title: str | None = None  # None: the note's first line, or the times
    tags: Sequence[str] = ()
    visibility: Visibility = "private"
    counts_if_private: bool = False
    seen_duration_ms: int | None = None  # as the marker's player reported it


@dataclass(frozen=True, slots=True)
class MarkChange:
    """Changes to a mark; None leaves a field unchanged."""

    start_ds: int | None = None
    end_ds: int | None = None
    note: str | None = None
    title: str | None = None
    tags: Sequence[str] | None = None
    visibility: Visibility | None = None
    slug: str | None = None
    counts_if_private: bool | None = None
    seen_duration_ms: int | None = None  # after the times were set anew on another copy


@dataclass(frozen=True, slots=True)
class TrackSource:
    """A recording at one provider; provider texts are kept for 30 days at most."""

    id: str
    organization_id: str | None
    track_id: str
    provider: str
    provider_id: str
    kind: str
    url: str
    title: str
    artist: str
    album: str
    channel: str
    isrc: str | None
    duration_ms: int | None
    reported_ms: int | None
    thumbnail_url: str | None
    restrictions: Mapping[str, Any]
    offset_ds: int
    confidence: float | None
    decided_by: DecidedBy
    fetched_at: datetime | None
    people_title: str = ""  # as people agree to call it
    people_artist: str = ""

    @property
    def shown_title(self) -> str:
        """What people call it, else the provider."""
        return self.people_title or self.title

    @property
    def shown_artist(self) -> str:
        """Whom people name, else the provider."""
        return self.people_artist if self.people_title else self.artist

    @property
    def length_ms(self) -> int | None:
        """Its length: the provider's word, else the first player's."""
        return self.duration_ms or self.reported_ms


@dataclass(frozen=True, slots=True)
class Mark:
    """A saved part, as a caller sees it."""

    id: str
    organization_id: str
    track_id: str
    source: TrackSource
    start_ds: int
    end_ds: int
    seen_duration_ms: int | None
    title: str
    note: str
    tags: tuple[str, ...]
    visibility: Visibility
    counts_if_private: bool
    slug: str | None
    share_url: str | None
    saved_by: int
    created_by: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MarkFilter:
    """List filters; all given ones apply. Newest first."""

    track_id: str | None = None
    provider: str | None = None
    is_mine: bool = False
    q: str = ""
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class MarkPage:
    """One page of marks."""

    items: tuple[Mark, ...]
    total: int
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a link is, as far as it is known without asking its provider."""

    link: Link
    source: TrackSource | None
    reason: str | None  # why it cannot be marked; None: it can


@dataclass(frozen=True, slots=True)
class Around:
    """How many users saved a part, and the caller's own mark of it."""

    saved_by: int
    own_id: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a track and how many saved it, on the canonical timeline."""

    start_ds: int
    end_ds: int
    saves: int


@dataclass(frozen=True, slots=True)
class Best:
    """The part that most saves agree on, and how sure that is (0 to 1)."""

    start_s: int
    end_s: int
    saves: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Heat:
    """How many users saved each stretch of a track."""

    bucket_s: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """A canonical recording."""

    id: str
    organization_id: str | None
    title: str
    artist: str
    isrc: str | None
    duration_ms: int | None
    sources: tuple[TrackSource, ...]
    parts: tuple[Part, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Match:
    """A source of a track (`linked`), or one that may be (`asked`), with its confidence."""

    source: TrackSource
    is_linked: bool
    confidence: float | None
    reason: str
    votes_for: int
    votes_against: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of a source of a track."""

    source_id: str
    is_same: bool
    offset_ds: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of an item; unknown texts are empty."""

    title: str = ""
    artist: str = ""
    album: str = ""
    channel: str = ""
    isrc: str | None = None
    duration_ms: int | None = None
    thumbnail_url: str | None = None
    restrictions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublicMark:
    """A mark as anybody sees it; its times are its source's."""

    id: str
    track_id: str
    source: TrackSource
    start_ds: int
    end_ds: int
    seen_duration_ms: int | None
    saved_by: int
    media_slug: str | None  # the public page of our own media


@dataclass(frozen=True, slots=True)
class Theme:
    """A word of notes, and how many people use it."""

    word: str
    people: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How many people shared marks in a way; None: too few for anybody to know."""

    way: Literal["page", "link", "collection"]
    people: int | None
    number: int | None  # of pages, links or collections
    opened: int | None  # how often links were


@dataclass(frozen=True, slots=True)
class Report:
    """What Moments' own users saved of a track; days below the threshold are left out."""

    track: Track
    users: int | None
    by_day: Sequence[tuple[date, int]]
    heat: Heat
    best: Best | None
    themes: Sequence[Theme] = ()  # of public notes
    quotes: Sequence[str | None] = ()  # a public note for each of the track's parts
    shares: Sequence[Shares] = ()
    since: date | None = None  # the first day of what it is about


@dataclass(frozen=True, slots=True)
class ArtistTrack:
    """A track in an artist's report; users are None below the privacy threshold."""

    id: str
    title: str
    users: int | None
    best: Best | None


@dataclass(frozen=True, slots=True)
class ArtistReport:
    """What Moments' own users saved of an artist."""

    name: str
    tracks: Sequence[ArtistTrack]  # most saved first
    users: int | None
    by_day: Sequence[tuple[date, int]]
    themes: Sequence[Theme] = ()
    shares: Sequence[Shares] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Nudge:
    """Other times that somebody suggests for a mark; `by` is None where they have no handle."""

    id: str
    start_ds: int
    end_ds: int
    created_at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class SourceName:
    """What some people call a source."""

    title: str
    artist: str
    people: int
