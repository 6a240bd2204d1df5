"""Marks and tracks in wire format: snake_case, whole seconds."""

from typing import Annotated, Literal

from msgspec import Meta

from domain.marks.models import (
    Best,
    Correction,
    Heat,
    Mark,
    MarkChange,
    Match,
    NewMark,
    Part,
    Report,
    Resolved,
    TrackSource,
)
from domain.marks.models import Track as CanonicalTrack
from domain.marks.times import whole_end, whole_start
from domain.marks.transfer import Imported
from domain.moments.models import Visibility
from webapp.api.schemas import In, Instant, Out, Page, instant

Seconds = Annotated[int, Meta(ge=0, le=604_800, examples=[45])]
Length = Annotated[int, Meta(ge=1, le=604_800, examples=[212])]
Note = Annotated[str, Meta(examples=["That bass drop!"])]
Url = Annotated[
    str,
    Meta(
        min_length=1, max_length=2000, examples=["https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=45"]
    ),
]
Counted = Annotated[
    bool, Meta(description="Whether it counts in sums while it is private; nobody sees it there.")
]


class NewMarkIn(In, frozen=True, kw_only=True):
    """A part to save; only the link and the times are required."""

    url: Url
    start: Seconds
    end: Seconds
    note: Note = ""
    title: str | None = None
    tags: list[str] | None = None
    visibility: Visibility = "private"
    counted: Counted = False
    duration: Annotated[Length, Meta(description="As the player reports it.")] | None = None

    def new(self) -> NewMark:
        """Return the part to save."""
        return NewMark(
            url=self.url,
            start_ds=self.start * 10,
            end_ds=self.end * 10,
            note=self.note,
            title=self.title,
            tags=self.tags or (),
            visibility=self.visibility,
            counts_if_private=self.counted,
            seen_duration_ms=None if self.duration is None else self.duration * 1000,
        )


class MarkPatch(In, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged."""

    start: Seconds | None = None
    end: Seconds | None = None
    note: str | None = None
    title: str | None = None
    tags: list[str] | None = None
    visibility: Visibility | None = None
    slug: Annotated[str, Meta(min_length=1, max_length=63)] | None = None
    counted: Counted | None = None
    duration: Annotated[Length, Meta(description="As the player reports it.")] | None = None

    def change(self) -> MarkChange:
        """Return the changes."""
        return MarkChange(
            start_ds=None if self.start is None else self.start * 10,
            end_ds=None if self.end is None else self.end * 10,
            note=self.note,
            title=self.title,
            tags=self.tags,
            visibility=self.visibility,
            slug=self.slug,
            counts_if_private=self.counted,
            seen_duration_ms=None if self.duration is None else self.duration * 1000,
        )


class MarkOut(Out, frozen=True, kw_only=True):
    """A saved part; `id` is its moment's."""

    id: Annotated[str, Meta(examples=["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    track_id: str
    provider: str
    provider_id: str
    url: str
    start: int
    end: int
    title: str
    note: str
    tags: list[str]
    visibility: Visibility
    counted: bool
    slug: str | None
    share_url: str | None
    saved_by: int
    created_by: str | None
    created_at: Instant


class MarkList(Page, frozen=True, kw_only=True):
    """One page of marks, newest first."""

    items: list[MarkOut]


class ResolvedOut(Out, frozen=True, kw_only=True):
    """What a link is; what only its provider knows comes later."""

    provider: str
    provider_id: str
    kind: str
    url: str
    title: str | None
    artist: str | None
    duration: int | None
    thumbnail_url: str | None
    start: int | None
    end: int | None
    track_id: str | None
    playable: bool
    reason: Annotated[str, Meta(description="Why it cannot be played here.")] | None


class SourceOut(Out, frozen=True, kw_only=True):
    """A recording at one provider; its time plus `offset_s` is the track's."""

    id: str
    provider: str
    provider_id: str
    url: str
    title: str | None
    artist: str | None
    duration: int | None
    offset_s: float
    confidence: float | None
    decided_by: Literal["alone", "rule", "isrc", "people"]


class MatchOut(Out, frozen=True, kw_only=True):
    """A source of the track (`linked`), or one that may be (`asked`)."""

    source: SourceOut
    status: Literal["linked", "asked"]
    confidence: Annotated[float, Meta(ge=0, le=1)] | None
    reason: str
    votes_for: int
    votes_against: int


class MatchList(Page, frozen=True, kw_only=True):
    """A track's sources, and those that may be others of it."""

    items: list[MatchOut]


class MatchIn(In, frozen=True, kw_only=True):
    """A correction: a source is one of the track, shifted by so much, or is not."""

    source_id: Annotated[str, Meta(min_length=1, max_length=64)]
    same: bool
    offset_s: Annotated[
        float, Meta(ge=-600, le=600, description="The source's time plus this is the track's.")
    ] = 0

    def correction(self) -> Correction:
        """Return the correction."""
        return Correction(self.source_id, self.same, round(self.offset_s * 10))


class PartOut(Out, frozen=True, kw_only=True):
    """A part and how many people saved it."""

    start_s: int
    end_s: int
    saves: int


class TrackOut(Out, frozen=True, kw_only=True):
    """A canonical recording with its most saved parts."""

    id: Annotated[str, Meta(examples=["track_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    title: str | None
    artist: str | None
    isrc: str | None
    duration: int | None
    sources: list[SourceOut]
    parts: list[PartOut]


class HeatOut(Out, frozen=True, kw_only=True):
    """How many people saved each stretch of `bucket_s` seconds: Moments' own data."""

    bucket_s: int
    values: list[int]


class BestOut(Out, frozen=True, kw_only=True):
    """The part that most saves agree on: Moments' own data."""

    start_s: int | None
    end_s: int | None
    saves: int
    confidence: Annotated[float, Meta(ge=0, le=1)]


class DayOut(Out, frozen=True, kw_only=True):
    """How many people saved a part on a day (UTC)."""

    day: str
    saves: int


class ThemeOut(Out, frozen=True, kw_only=True):
    """A word of public notes, and how many people use it."""

    word: str
    people: int


class ReportOut(Out, frozen=True, kw_only=True):
    """What Moments' own users saved of a track; few people's days are left out."""

    label: str = "Moments' own data: counted from saves of its users, not from the providers."
    track: TrackOut
    people: int | None
    days: list[DayOut]
    best: BestOut
    heatmap: HeatOut
    themes: list[ThemeOut]


def report_out(report: Report) -> ReportOut:
    """Return a report in wire format."""
    return ReportOut(
        track=track_out(report.track),
        people=report.users,
        days=[DayOut(day=day.isoformat(), saves=saves) for day, saves in report.by_day],
        best=best_out(report.best),
        heatmap=heat_out(report.heat),
        themes=[ThemeOut(word=each.word, people=each.people) for each in report.themes],
    )


def report_csv(report: Report) -> str:
    """Return a report's days and its heat map as CSV (RFC 4180): numbers alone, no texts."""
    lines = ["kind,at,saves"]
    lines += [f"day,{day.isoformat()},{saves}" for day, saves in report.by_day]
    step = report.heat.bucket_s
    lines += [f"second,{n * step},{value}" for n, value in enumerate(report.heat.values)]
    return "\r\n".join(lines) + "\r\n"


class ImportIn(In, frozen=True, kw_only=True):
    """A file with marks: JSON as exported, CSV, or SponsorBlock's segments."""

    text: Annotated[
        str,
        Meta(
            max_length=3_000_000, examples=["url,start,end\r\nhttps://youtu.be/dQw4w9WgXcQ,45,60"]
        ),
    ]


class FailedOut(Out, frozen=True, kw_only=True):
    """A mark that was not saved: its number in the file, from 1, and why."""

    number: int
    error: str


class ImportOut(Out, frozen=True, kw_only=True):
    """What became of a file: marks saved, marks that the caller had, and the others."""

    saved: int
    known: int
    failed: list[FailedOut]


def import_out(done: Imported) -> ImportOut:
    """Return an import in wire format."""
    failed = [FailedOut(number=number, error=why) for number, why in done.failed]
    return ImportOut(saved=done.saved, known=done.known, failed=failed)


def mark_out(mark: Mark) -> MarkOut:
    """Return a mark in wire format."""
    return MarkOut(
        id=mark.id,
        track_id=mark.track_id,
        provider=mark.source.provider,
        provider_id=mark.source.provider_id,
        url=mark.source.url,
        start=whole_start(mark.start_ds),
        end=whole_end(mark.end_ds),
        title=mark.title,
        note=mark.note,
        tags=list(mark.tags),
        visibility=mark.visibility,
        counted=mark.counts_if_private or mark.visibility != "private",
        slug=mark.slug,
        share_url=mark.share_url,
        saved_by=mark.saved_by,
        created_by=mark.created_by,
        created_at=instant(mark.created_at) or "",
    )


def resolved_out(found: Resolved) -> ResolvedOut:
    """Return what a link is in wire format."""
    link, source = found.link, found.source
    return ResolvedOut(
        provider=link.provider,
        provider_id=link.provider_id,
        kind=link.kind,
        url=link.url,
        title=(source.title or None) if source else None,
        artist=(source.artist or None) if source else None,
        duration=_length_s(source.length_ms) if source else None,
        thumbnail_url=source.thumbnail_url if source else None,
        start=None if link.start_ds is None else whole_start(link.start_ds),
        end=None if link.end_ds is None else whole_end(link.end_ds),
        track_id=source.track_id if source else None,
        playable=found.reason is None,
        reason=found.reason,
    )


def track_out(track: CanonicalTrack) -> TrackOut:
    """Return a track in wire format."""
    return TrackOut(
        id=track.id,
        title=track.title or None,
        artist=track.artist or None,
        isrc=track.isrc,
        duration=_length_s(track.duration_ms),
        sources=list(map(source_out, track.sources)),
        parts=list(map(_part_out, track.parts)),
    )


def source_out(source: TrackSource) -> SourceOut:
    """Return a source in wire format."""
    return SourceOut(
        id=source.id,
        provider=source.provider,
        provider_id=source.provider_id,
        url=source.url,
        title=source.title or None,
        artist=source.artist or None,
        duration=_length_s(source.length_ms),
        offset_s=source.offset_ds / 10,
        confidence=source.confidence,
        decided_by=source.decided_by,
    )


def match_out(match: Match) -> MatchOut:
    """Return a match in wire format."""
    return MatchOut(
        source=source_out(match.source),
        status="linked" if match.is_linked else "asked",
        confidence=match.confidence,
        reason=match.reason,
        votes_for=match.votes_for,
        votes_against=match.votes_against,
    )


def heat_out(heat: Heat) -> HeatOut:
    """Return a heat map in wire format."""
    return HeatOut(bucket_s=heat.bucket_s, values=list(heat.values))


def best_out(best: Best | None) -> BestOut:
    """Return the best part in wire format; without any, its times are null."""
    if best is None:
        return BestOut(start_s=None, end_s=None, saves=0, confidence=0)
    return BestOut(
        start_s=best.start_s, end_s=best.end_s, saves=best.saves, confidence=best.confidence
    )


def _part_out(part: Part) -> PartOut:
    return PartOut(
        start_s=whole_start(part.start_ds), end_s=whole_end(part.end_ds), saves=part.saves
    )


def _length_s(length_ms: int | None) -> int | None:
    return None if length_ms is None else -(-length_ms // 1000)
