"""Tracks in wire format: snake_case, whole seconds."""

from typing import Annotated, Literal

from msgspec import Meta

from domain.marks.models import (
    Best,
    Correction,
    Heat,
    Match,
    Part,
    TrackSource,
)
from domain.marks.models import Track as CanonicalTrack
from domain.marks.times import whole_end, whole_start
from webapp.api.mark_schemas import length_s
from webapp.api.schemas import In, Out, Page


class SourceOut(Out, frozen=True, kw_only=True):
    """A recording at one provider; its time plus `offset_s` is the track's."""

    id: str
    provider: str
    provider_id: str
    url: str
    title: Annotated[str | None, Meta(description="As the provider says.")]
    artist: str | None
    people_title: Annotated[str | None, Meta(description="As people agree to call it.")]
    people_artist: str | None
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


class SourceNameIn(In, frozen=True, kw_only=True):
    """What a person calls a source."""

    title: Annotated[str, Meta(min_length=1, max_length=400, examples=["Night Ferry"])]
    artist: Annotated[str, Meta(max_length=400, examples=["Glass Harbour"])] = ""


class SourceNameOut(Out, frozen=True, kw_only=True):
    """What some people call a source, and how many they are."""

    title: str
    artist: str | None
    people: int


class SourceNameList(Page, frozen=True, kw_only=True):
    """What people call a source, most first; three who agree change what is shown."""

    items: list[SourceNameOut]


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


def track_out(track: CanonicalTrack) -> TrackOut:
    """Return a track in wire format."""
    return TrackOut(
        id=track.id,
        title=track.title or None,
        artist=track.artist or None,
        isrc=track.isrc,
        duration=length_s(track.duration_ms),
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
        people_title=source.people_title or None,
        people_artist=source.people_artist or None,
        duration=length_s(source.length_ms),
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
