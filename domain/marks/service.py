"""Marks: save a part of a song or video, list, change and delete them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import Conflict, Forbidden, RateLimited
from domain.infra.base import Base
from domain.marks.links import Link, parse_link, refusal
from domain.marks.models import (
    Mark,
    MarkChange,
    MarkFilter,
    MarkPage,
    NewMark,
    Resolved,
    TrackSource,
)
from domain.marks.rows import FROM, MarkRow, MarkRows
from domain.marks.rules import blocked, check_length, clean_change_of, draft_of, is_fresh
from domain.marks.saved_notices import SavedNotices
from domain.marks.short_links import ShortLinks
from domain.marks.sums import Sums, Window
from domain.marks.times import check_times, whole_end, whole_start
from domain.moments.access import OPEN
from domain.moments.models import MomentChange, NewMoment
from domain.moments.row_values import Origin
from domain.moments.search import add_any, add_words
from domain.moments.wiring import MomentRoom

ENRICH_JOB: Final = "marks.enrich"
MAX_PER_HOUR: Final = 300  # nobody hears more; sums should not be stuffed
_SHORT_PER_HOUR: Final = 60  # each asks another host
_NOT_YET: Final = {
    "short": "This is a short link. Open it, and paste the address that it leads to.",
    "stream": "A live stream has no start. Clip the part that you want, then mark the clip.",
    "share": "This is somebody's share link. Paste the link of the media itself.",
}


class MarkService:
    """The service of marks."""

    def __init__(  # noqa: PLR0913 (what it joins)
        self,
        base: Base,
        rights: Rights,
        moments: MomentRoom,
        *,
        rows: MarkRows,
        sums: Sums,
        short: ShortLinks,
        saved: SavedNotices,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._limiter = base.limiter
        self._origin = base.settings.origin
        self._rights = rights
        self._moments = moments
        self._rows = rows
        self._sums = sums
        self._short = short
        self._saved = saved

    async def resolve(self, caller: Caller, url: str) -> Resolved:
        """Return what a link is, without asking its provider; only short links are opened.

        Raises:
            BadFields: It is no link, or of nothing that can be marked.
        """
        link = await self._link(caller, url)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            source = await self._rows.source(link, actor.organization_id)
        return Resolved(link, source, _NOT_YET.get(link.kind) or blocked(source))

    async def create(self, caller: Caller, new: NewMark, *, is_import: bool = False) -> Mark:
        """Save a part (members); an import has a limit of its own.

        Raises:
            BadFields: The link, the times or a text is wrong. Conflict: The caller saved a part
                within 2 s of it (code `mark_exists`, with its id). Forbidden.
            RateLimited: The caller saved too many within the hour.
        """
        link = await self._link(caller, new.url)
        if reason := _NOT_YET.get(link.kind):
            raise refusal(reason)
        check_times(new.start_ds, new.end_ds)
        draft = draft_of(new, link)
        if caller.user_id is not None and not is_import:
            await self._limiter.hit("marks", caller.user_id, MAX_PER_HOUR, 3600)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if actor.user_id is None:
                raise Forbidden("Only people can save marks. Sign in as one.")
            if link.provider == "moments":
                link = await self._own_media(actor, link, new)
            source = await self._rows.add_source(link, actor.organization_id)
            check_length(new, source)
            await self._check_new(actor.user_id, source, new.start_ds, new.end_ds)
            mark_id = await self._insert(actor, new, draft, source)
            row = await self._rows.find(actor, mark_id)
            [mark] = await self.views(actor, [row])
            if not is_import:
                await self._saved.tell_later(mark_id)
        return mark

    async def _link(self, caller: Caller, url: str) -> Link:
        link = parse_link(url, self._origin)
        if link.kind != "short":
            return link
        try:
            await self._limiter.hit("short-links", caller.user_id or "", _SHORT_PER_HOUR, 3600)
        except RateLimited:
            return link  # they can still open it themselves
        return await self._short.open(link)

    async def get(self, caller: Caller, mark_id: str) -> Mark:
        """Return one mark."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            [mark] = await self.views(actor, [await self._rows.find(actor, mark_id)])
        return mark

    async def list(self, caller: Caller, wanted: MarkFilter) -> MarkPage:
        """Return one page of the marks that a caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self.page(actor, wanted)

    async def page(self, actor: Actor, wanted: MarkFilter) -> MarkPage:
        """Return one page, in the open transaction."""
        where = await self._rows.where(actor)
        tracks = await self._rows.present([wanted.track_id]) if wanted.track_id else []
        add_any(where, "k.track_id", tracks)
        where.add_if("s.provider = {}", wanted.provider)
        where.add_if("m.created_by = {}", actor.user_id if wanted.is_mine else None)
        add_words(where, wanted.q)
        total = await self._database.fetchval(
            f"SELECT count(*) FROM {FROM} WHERE {where.sql}",  # noqa: S608 (constants)
            *where.arguments,
        )
        limit, offset = where.argument(wanted.limit), where.argument(wanted.offset)
        rows = await self._rows.select(
            where, f"ORDER BY m.created_at DESC, m.id DESC LIMIT {limit} OFFSET {offset}"
        )
        items = await self.views(actor, rows)
        return MarkPage(tuple(items), int(total), wanted.limit, wanted.offset)

    async def update(self, caller: Caller, mark_id: str, change: MarkChange) -> Mark:
        """Change a mark (members); as moments.

        Raises:
            BadFields: The times or a text is wrong. Conflict: The slug is taken, or the caller has
                another mark there (code `mark_exists`).
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, mark_id, lock=True)
            await self._move(row, change)
            if change.counts_if_private is not None:
                _check_owner(actor, row)
                await self._rows.set_counting(mark_id, counts=change.counts_if_private)
            await self._change_moment(row, change)
            await self._publish(actor, "updated", mark_id)
            [mark] = await self.views(actor, [await self._rows.find(actor, mark_id)])
        return mark

    async def delete(self, caller: Caller, mark_id: str) -> None:
        """Move a mark to the bin: the caller's own, or anybody's for admins."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            await self._rows.find(actor, mark_id)
            await self._moments.service.delete(caller, [mark_id])

    async def saved_by(self, caller: Caller, moment_ids: Sequence[str]) -> dict[str, int]:
        """Return for those moments that are marks how many users saved the same part."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._rows.where(actor)
            where.add_if("k.moment_id = ANY({}::text[])", list(moment_ids))
            rows = await self._rows.select(where)
            return await self._sums.saved_by([_window(row) for row in rows], actor)

    async def views(self, actor: Actor, rows: Sequence[MarkRow]) -> Sequence[Mark]:
        """Return marks as an actor sees them, in the open transaction."""
        counts = await self._sums.saved_by([_window(row) for row in rows], actor)
        return [self._view(row, counts[row.id]) for row in rows]

    async def _own_media(self, actor: Actor, link: Link, new: NewMark) -> Link:
        """Return a link of our own media by the moment's id; it must be visible and open enough."""
        moment_id = await self._database.fetchval(
            "SELECT moment_id FROM moment_slug WHERE slug = $1", link.provider_id
        )
        moment = await self._moments.records.find(actor, moment_id or link.provider_id)
        if moment.kind not in {"clip", "video"}:
            raise refusal("Only clips and videos can be marked. Paste the link of one.")
        await self._moments.access.check_publishable(new.visibility, moment.source_id)
        if new.visibility in OPEN and moment.visibility not in OPEN:
            message = "The clip itself is not for everybody. Change its visibility first."
            raise Conflict(message, code="source_private")
        url = f"{self._origin}/library/{moment.id}"
        return replace(link, provider_id=moment.id, url=url)

    async def _check_new(
        self, user_id: str, source: TrackSource, start_ds: int, end_ds: int, mark_id: str = ""
    ) -> None:
        await self._rows.lock_own(user_id, source.track_id)
        near = await self._rows.own_near(
            user_id,
            source.track_id,
            start_ds + source.offset_ds,
            end_ds + source.offset_ds,
            mark_id,
        )
        if near is not None:
            raise Conflict(
                "You have a mark within 2 seconds of this one. Change that one instead.",
                code="mark_exists",
                fields={"id": near},
            )

    async def _insert(
        self, actor: Actor, new: NewMark, draft: NewMoment, source: TrackSource
    ) -> str:
        mark_id = self._moments.records.new_id()
        await self._moments.records.insert(
            mark_id,
            actor.organization_id,
            draft,
            created_by=actor.user_id,
            # Its title would outlive what terms allow.
            source=Origin(source.track_id, source.provider),
        )
        if new.seen_duration_ms is not None:
            await self._rows.report_length(source.id, new.seen_duration_ms)
        if not is_fresh(source, self._clock.now()):
            args = {"source_id": source.id}
            await self._queue.enqueue_unless_busy(ENRICH_JOB, args, key=source.id)
        await self._publish(actor, "created", mark_id)
        await self._rows.insert(mark_id, actor, new, source)  # last: it locks what many save
        return mark_id

    async def _move(self, row: MarkRow, change: MarkChange) -> None:
        if change.seen_duration_ms is not None:
            await self._rows.set_seen(row.id, change.seen_duration_ms)
        if change.start_ds is None and change.end_ds is None:
            return
        offset_ds = row.source.offset_ds
        start_ds = row.start_ds - offset_ds if change.start_ds is None else change.start_ds
        end_ds = row.end_ds - offset_ds if change.end_ds is None else change.end_ds
        check_times(start_ds, end_ds)
        seen_ms = change.seen_duration_ms or row.seen_duration_ms
        check_length(NewMark("", start_ds, end_ds, seen_duration_ms=seen_ms), row.source)
        if row.user_id is not None:
            source = replace(row.source, track_id=row.track_id)
            await self._check_new(row.user_id, source, start_ds, end_ds, row.id)
        await self._rows.move(row.id, start_ds + offset_ds, end_ds + offset_ds)
        await self._moments.records.change(
            row.id, MomentChange(start_s=whole_start(start_ds), end_s=whole_end(end_ds))
        )

    async def _change_moment(self, row: MarkRow, change: MarkChange) -> None:
        texts = MomentChange(
            title=change.title,
            description=change.note,
            tags=change.tags,
            visibility=change.visibility,
            slug=change.slug,
        )
        await self._moments.records.change(row.id, clean_change_of(texts))

    async def _publish(self, actor: Actor, what: str, mark_id: str) -> None:
        await self._moments.events.publish(
            actor.organization_id, f"moment.{what}", mark_id, mark_id
        )

    def _view(self, row: MarkRow, saved_by: int) -> Mark:
        is_open = row.visibility in OPEN and row.slug is not None
        return Mark(
            id=row.id,
            organization_id=row.organization_id,
            track_id=row.track_id,
            source=row.source,
            start_ds=row.start_ds - row.source.offset_ds,
            end_ds=row.end_ds - row.source.offset_ds,
            seen_duration_ms=row.seen_duration_ms,
            title=row.title,
            note=row.note,
            tags=row.tags,
            visibility=row.visibility,
            counts_if_private=row.counts_if_private,
            slug=row.slug,
            share_url=f"{self._origin}/m/{row.slug}" if is_open else None,
            saved_by=saved_by,
            created_by=row.created_by,
            created_at=row.created_at,
        )


def _check_owner(actor: Actor, row: MarkRow) -> None:
    if actor.user_id is None or actor.user_id != row.user_id:
        raise Forbidden("Only the person who saved this mark can let it count.")


def _window(row: MarkRow) -> Window:
    return Window(row.id, row.track_id, row.start_ds, row.end_ds)
