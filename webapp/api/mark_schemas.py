"""Marks in wire format: snake_case, whole seconds."""

from typing import Annotated

from msgspec import Meta

from domain.marks.models import (
    Mark,
    MarkChange,
    NewMark,
    Nudge,
    Resolved,
)
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
        title=(source.shown_title or None) if source else None,
        artist=(source.shown_artist or None) if source else None,
        duration=length_s(source.length_ms) if source else None,
        thumbnail_url=source.thumbnail_url if source else None,
        start=None if link.start_ds is None else whole_start(link.start_ds),
        end=None if link.end_ds is None else whole_end(link.end_ds),
        track_id=source.track_id if source else None,
        playable=found.reason is None,
        reason=found.reason,
    )


def length_s(length_ms: int | None) -> int | None:
    """Return a length in whole seconds, never shorter than it is."""
    return None if length_ms is None else -(-length_ms // 1000)


class NudgeIn(In, frozen=True, kw_only=True):
    """Other times for somebody's mark, each within 10 s of its own."""

    start: Seconds
    end: Seconds


class NudgeOut(Out, frozen=True, kw_only=True):
    """Other times that somebody suggests."""

    id: Annotated[str, Meta(examples=["nudge_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    start: int
    end: int
    by: str | None
    created_at: Instant


class NudgeList(Page, frozen=True, kw_only=True):
    """Suggestions, newest first."""

    items: list[NudgeOut]


def nudge_out(nudge: Nudge) -> NudgeOut:
    """Return a suggestion in wire format."""
    return NudgeOut(
        id=nudge.id,
        start=whole_start(nudge.start_ds),
        end=whole_end(nudge.end_ds),
        by=nudge.by,
        created_at=instant(nudge.created_at) or "",
    )
