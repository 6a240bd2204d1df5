"""Marks in memory: the contract of the services that the mark page and the library use."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields, Conflict, NotFound
from domain.marks.links import Link, parse_link
from domain.marks.models import (
    Around,
    Correction,
    Heat,
    Mark,
    MarkChange,
    Match,
    NewMark,
    Nudge,
    Resolved,
    SourceName,
    Track,
    TrackSource,
)
from domain.marks.times import check_times

ORIGIN = "http://localhost:8000"


class Library(Protocol):
    """Who may do what, and who hears of it."""

    def check(self, at_least: Role = Role.VIEWER) -> None:
        """Refuse callers whose role is too low."""
        ...

    def publish(self, kind: str, subject_id: str, audience: frozenset[str] | None = None) -> None:
        """Publish an event."""
        ...


def source_of(link: Link, **values: Any) -> TrackSource:  # noqa: ANN401 (any field)
    """Return a link's source, of which nothing is known."""
    made = TrackSource(
        id=f"source_{link.provider_id}",
        organization_id=None,
        track_id=f"track_{link.provider_id}",
        provider=link.provider,
        provider_id=link.provider_id,
        kind=link.kind,
        url=link.url,
        title="",
        artist="",
        album="",
        channel="",
        isrc=None,
        duration_ms=None,
        reported_ms=None,
        thumbnail_url=None,
        restrictions={},
        offset_ds=0,
        confidence=None,
        decided_by="alone",
        fetched_at=None,
    )
    return replace(made, **values)


class FakeMarks:
    """Marks by id; `others` is how many other people saved the part that is asked about."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.saved: dict[str, Mark] = {}
        self.sources: dict[str, TrackSource] = {}  # by their addresses
        self.opened: list[str] = []
        self.heat = Heat(1, (0, 2, 5))
        self.others = 0
        self.merged: dict[str, str] = {}

    async def resolve(self, caller: Caller, url: str) -> Resolved:
        """Return what a link is."""
        self._library.check()
        link = parse_link(url, ORIGIN)
        source = self.sources.get(link.url)
        reason = source.restrictions.get("reason") if source else None
        if link.kind == "stream":
            reason = "A live stream has no start."
        return Resolved(link, source, reason)

    async def open(self, caller: Caller, link: Link) -> TrackSource | None:
        """Have a provider asked."""
        self._library.check(Role.MEMBER)
        self.opened.append(link.url)
        return self._source(link)

    async def around(
        self, caller: Caller, link: Link, start_ds: int, end_ds: int, *, other_than: str = ""
    ) -> Around:
        """Return who saved a part."""
        self._library.check()
        own = self._near(link.url, start_ds, end_ds, other_than)
        return Around(self.others, own)

    async def create(self, caller: Caller, new: NewMark) -> Mark:
        """Save a part."""
        self._library.check(Role.MEMBER)
        link = parse_link(new.url, ORIGIN)
        check_times(new.start_ds, new.end_ds)
        if len(new.note) > 5000:
            raise BadFields({"note": "must have at most 5000 characters"})
        if near := self._near(link.url, new.start_ds, new.end_ds):
            raise Conflict("You have a mark here.", code="mark_exists", fields={"id": near})
        mark = Mark(
            id=f"mark_{len(self.saved)}",
            organization_id="org_1",
            track_id=self._source(link).track_id,
            source=self._source(link),
            start_ds=new.start_ds,
            end_ds=new.end_ds,
            seen_duration_ms=new.seen_duration_ms,
            title=new.note or "A mark",
            note=new.note,
            tags=tuple(new.tags),
            visibility=new.visibility,
            counts_if_private=new.counts_if_private,
            slug="a-slug",
            share_url=f"{ORIGIN}/m/a-slug" if new.visibility == "public" else None,
            saved_by=self.others + 1,
            created_by=caller.user_id,
            created_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        )
        self.saved[mark.id] = mark
        self._library.publish("moment.created", mark.id)
        return mark

    async def get(self, caller: Caller, mark_id: str) -> Mark:
        """Return one mark."""
        self._library.check()
        if mark_id not in self.saved:
            raise NotFound("There is no such mark.")
        return self.saved[mark_id]

    async def update(self, caller: Caller, mark_id: str, change: MarkChange) -> Mark:
        """Change a mark."""
        self._library.check(Role.MEMBER)
        mark = await self.get(caller, mark_id)
        given = {
            "start_ds": change.start_ds,
            "end_ds": change.end_ds,
            "note": change.note,
            "visibility": change.visibility,
            "counts_if_private": change.counts_if_private,
            "tags": None if change.tags is None else tuple(change.tags),
            "seen_duration_ms": change.seen_duration_ms,
        }
        values: dict[str, Any] = {name: each for name, each in given.items() if each is not None}
        self.saved[mark_id] = replace(mark, **values)
        return self.saved[mark_id]

    async def delete(self, caller: Caller, mark_id: str) -> None:
        """Delete a mark."""
        self._library.check(Role.MEMBER)
        del self.saved[mark_id]

    async def saved_by(self, caller: Caller, moment_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how many people saved the same parts."""
        self._library.check()
        return {each: self.saved[each].saved_by for each in moment_ids if each in self.saved}

    async def present(self, track_ids: Sequence[str]) -> list[str]:
        """Follow merged tracks."""
        return [self.merged.get(track_id, track_id) for track_id in track_ids]

    async def heatmap(self, caller: Caller | None, track_id: str) -> Heat:
        """Return how many people saved each second."""
        self._library.check()
        return self.heat

    def _source(self, link: Link) -> TrackSource:
        return self.sources.setdefault(link.url, source_of(link))

    def _near(self, url: str, start_ds: int, end_ds: int, other_than: str = "") -> str | None:
        for mark in self.saved.values():
            is_near = abs(mark.start_ds - start_ds) <= 20 and abs(mark.end_ds - end_ds) <= 20
            if mark.source.url == url and is_near and mark.id != other_than:
                return mark.id
        return None


class FakeNudges:
    """Suggestions for marks, by the mark's id or slug."""

    def __init__(self, marks: FakeMarks) -> None:
        self._marks = marks
        self.sent: list[tuple[str, int, int]] = []
        self.waiting: dict[str, Nudge] = {}

    async def suggest(self, caller: Caller, mark: str, start_ds: int, end_ds: int) -> None:
        """Suggest times."""
        check_times(start_ds, end_ds)
        self.sent.append((mark, start_ds, end_ds))

    async def list(self, caller: Caller, mark_id: str) -> Sequence[Nudge]:
        """Return what is suggested."""
        return list(self.waiting.values())

    async def accept(self, caller: Caller, mark_id: str, nudge_id: str) -> Mark:
        """Take one."""
        nudge = self.waiting.pop(nudge_id)
        change = MarkChange(start_ds=nudge.start_ds, end_ds=nudge.end_ds)
        return await self._marks.update(caller, mark_id, change)

    async def dismiss(self, caller: Caller, mark_id: str, nudge_id: str) -> None:
        """Dismiss one."""
        if self.waiting.pop(nudge_id, None) is None:
            raise NotFound("There is no such suggestion. It may have been taken back.")


class FakeTracks:
    """One track, `track_1`, its sources, and those that may be others of it."""

    def __init__(self, library: Library, marks: FakeMarks) -> None:
        self._library = library
        self.heatmap, self.present = marks.heatmap, marks.present
        self.rows: dict[str, Match] = {}
        self.said: list[Correction] = []

    def add(self, url: str, **values: Any) -> Match:  # noqa: ANN401 (any field)
        """Add a source."""
        source = source_of(parse_link(url, ORIGIN), offset_ds=values.pop("offset_ds", 0))
        fields = {"is_linked": True, "confidence": None, "reason": "alone"}
        made = Match(**{"source": source, "votes_for": 0, "votes_against": 0, **fields, **values})
        self.rows[source.id] = made
        return made

    async def get(self, caller: Caller | None, track_id: str) -> Track:
        """Return the track; `track_0` became a part of it."""
        if track_id not in {"track_0", "track_1"}:
            raise NotFound("There is no such track.")
        sources = tuple(match.source for match in self.rows.values())
        return Track("track_1", None, "Night Ferry", "Glass Harbour", None, None, sources)

    async def name(
        self, caller: Caller, track_id: str, source_id: str, title: str, artist: str
    ) -> Sequence[SourceName]:
        """Take one person's word."""
        self._library.check(Role.MEMBER)
        if not title:
            raise BadFields({"title": "is required"})
        match = self.rows[source_id]
        source = replace(match.source, people_title=title, people_artist=artist)
        self.rows[source_id] = replace(match, source=source)
        return [SourceName(title, artist, 1)]

    async def list(self, caller: Caller, track_id: str) -> Sequence[Match]:
        """Return the sources."""
        self._library.check()
        return list(self.rows.values())

    async def correct(self, caller: Caller, track_id: str, said: Correction) -> Sequence[Match]:
        """Link a source, or take it away."""
        self._library.check(Role.MEMBER)
        self.said.append(said)
        match = self.rows.pop(said.source_id)
        if said.is_same:
            source = replace(match.source, offset_ds=said.offset_ds)
            self.rows[said.source_id] = replace(match, source=source, is_linked=True, votes_for=1)
        return list(self.rows.values())
