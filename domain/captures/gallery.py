"""The gallery: search, count, delete, restore and archive snapshots and clips together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.captures.models import Clip, GalleryCounts, GalleryFilter, GalleryPage, Snapshot
from domain.captures.row_values import CaptureRow
from domain.captures.rows import SOURCE
from domain.captures.store import CaptureStore
from domain.core.errors import BadFields, Conflict
from domain.infra.storage import Storage
from domain.moments.access import check_may_delete
from domain.moments.archive import Archive, archive
from domain.moments.counting import count, counts
from domain.moments.models import MomentFilter
from domain.moments.recent import Listed, by_words
from domain.moments.search import Where, add_any, add_cursor, add_shared, add_words, known_total

_MAX_AT_ONCE: Final = 500
_LISTED: Final = "c.moment_deleted_at IS NULL AND c.removed_at IS NULL"
_IN_BIN: Final = "c.moment_deleted_at IS NOT NULL OR c.removed_at IS NOT NULL"
_NEW: Final = timedelta(hours=1)
_UNFINISHED_MOST: Final = 20
_NEWEST: Final = 2000  # how many captures the labels are counted over
# A moment is as old as its captures, to the second, unless one joined it later.
_CAPTURES: Final = Listed(
    "captures WHERE organization_id = $1",
    "c.created_at >= {0}::timestamptz"
    " AND (m.created_at >= {0}::timestamptz - interval '1 second'"
    " OR m.organization_id = $1 AND m.joined_at >= {0})",
    1 / 50,  # each is read with its moment
)


class GalleryService:
    """The service of many captures at once."""

    def __init__(self, store: CaptureStore, storage: Storage) -> None:
        self._store = store
        self._database = store.database
        self._storage = storage
        self._clock = store.clock

    async def counts(self, caller: Caller, wanted: GalleryFilter) -> GalleryCounts:
        """Count the filtered captures per tab (ignoring kind and `shared`)."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            everything = replace(wanted, kind=None, shared=None, deleted=None)
            where = await self._where(actor, everything)
            if wanted.labels or wanted.q:
                where = (await by_words(self._database, where, _CAPTURES)).every
            now = where.argument(self._clock.now())
            parts = (
                f"({_LISTED} AND c.kind = 'clip')",
                f"({_LISTED} AND c.kind = 'snapshot')",
                f"({_LISTED} AND m.shared_until > {now})",
                f"({_IN_BIN})",
            )
            return GalleryCounts(*await counts(self._database, SOURCE, where, parts))

    async def labels(self, caller: Caller) -> list[tuple[str, int]]:
        """Return the newest captures' labels with counts, most used first (at most 200)."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            where = await self._where(actor, GalleryFilter())
            rows = await self._database.fetch(
                f"SELECT label, count(*) FROM (SELECT m.tags FROM {SOURCE}"  # noqa: S608 (constants)
                f" WHERE {where.sql} ORDER BY c.created_at DESC, c.id DESC LIMIT {_NEWEST})"
                " newest, unnest(newest.tags) AS label"
                " GROUP BY label ORDER BY count(*) DESC, label LIMIT 200",
                *where.arguments,
            )
        return [(label, number) for label, number in rows]

    async def delete(self, caller: Caller, ids: Sequence[str]) -> int:
        """Move several to the bin, all or nothing; return how many were not there already.

        Raises:
            NotFound: One of them is absent or another organisation's. Forbidden: The caller may not
                delete one.
        """
        return await self._move(caller, ids, restore=False)

    async def restore(self, caller: Caller, ids: Sequence[str]) -> int:
        """Restore several from the bin, until they are purged."""
        return await self._move(caller, ids, restore=True)

    async def archive(self, caller: Caller, ids: Sequence[str]) -> Archive:
        """Return a streamed zip of several: constant memory, safe and unique names.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent. Conflict: One is not ready.
        """
        _check_number(ids)
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            rows = await self._store.rows.many(actor, ids)
        found = [(row.created_at, row.media) for row in rows if row.media is not None]
        if len(found) < len(rows):
            message = "Not all of these are ready. Deselect those, or try again in a moment."
            raise Conflict(message, code="clip_not_ready")
        return archive(self._storage, self._clock.now(), found)

    async def list(self, caller: Caller, wanted: GalleryFilter) -> GalleryPage:
        """Return one page of what the caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            where = await self._where(actor, wanted)
            total = None
            if (wanted.labels or wanted.q) and wanted.deleted is False:
                those = await by_words(self._database, where, _CAPTURES)
                total = await count(self._database, SOURCE, those.every)
                rows = await those.page(
                    self._database,
                    _moments(wanted),
                    total.value,
                    self._clock.now(),
                    lambda each: self._page(wanted, each),
                )
            else:
                rows = await self._page(wanted, where.copy())
            known = known_total(
                len(rows), limit=wanted.limit, offset=wanted.offset, after=wanted.after
            )
            total = known or total or await count(self._database, SOURCE, where)
        items = tuple(map(self._store.views.capture, rows))
        return GalleryPage(items, total, wanted.limit, wanted.offset)

    async def unfinished(self, caller: Caller) -> tuple[Clip, ...]:
        """Return the caller's clips in progress, and those that failed within an hour."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            where = await self._where(actor, GalleryFilter(created_by=actor.user_id or ""))
            where.add("c.status <> 'ready'")
            where.add_if("(c.status <> 'failed' OR c.created_at >= {})", self._clock.now() - _NEW)
            rows = await self._store.rows.select(
                where, f"ORDER BY c.created_at DESC, c.id DESC LIMIT {_UNFINISHED_MOST}"
            )
        captures = map(self._store.views.capture, rows)
        return tuple(each for each in captures if isinstance(each, Clip))

    async def of_moments(
        self, caller: Caller, moment_ids: Sequence[str]
    ) -> dict[str, Snapshot | Clip]:
        """Return the newest capture of each moment that has one, deleted moments' too."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            where = await self._store.rows.where(actor)
            where.add_if("c.moment_id = ANY({}::text[])", list(moment_ids))
            where.add("c.removed_at IS NULL")
            rows = await self._store.rows.select(where, "ORDER BY c.id")
        return {row.moment_id: self._store.views.capture(row) for row in rows}

    async def _page(self, wanted: GalleryFilter, where: Where) -> Sequence[CaptureRow]:
        add_cursor(where, "c", wanted.after)
        return await self._store.rows.page(where, wanted.limit, wanted.offset)

    async def _move(self, caller: Caller, ids: Sequence[str], *, restore: bool) -> int:
        _check_number(ids)
        async with self._database.transaction():
            actor = await self._store.rights.load(caller, at_least=Role.MEMBER)
            rows = await self._store.rows.many(actor, ids, deleted=True, lock=True)
            moving = [row for row in rows if (row.deleted_at is not None) is restore]
            for row in moving:
                check_may_delete(actor, row.created_by)
            if moving:
                await (self._store.rows.restore if restore else self._store.rows.delete)(moving)
            for row in moving:
                await self._publish(row, "restored" if restore else "deleted")
        return len(moving)

    async def _publish(self, row: CaptureRow, what: str) -> None:
        await self._store.publish(row.organization_id, f"{row.kind}.{what}", row.id)

    async def _where(self, actor: Actor, wanted: GalleryFilter) -> Where:
        where = await self._store.rows.where(actor)
        if wanted.deleted:
            where.add(f"({_IN_BIN})")
        elif wanted.deleted is False:
            where.add(_LISTED)
        where.add_if("c.kind = {}", wanted.kind)
        where.add_if("c.status = {}", wanted.status)
        where.add_if("c.created_by = {}", wanted.created_by)
        where.add_if("c.start_at >= {}", wanted.start)
        where.add_if("c.start_at < {}", wanted.end)
        where.add_if("m.tags @> {}::text[]", [*wanted.labels] or None)
        if wanted.streams:
            found = await self._streams(actor, wanted)
            add_any(where, "c.stream_id", found or ("",))  # which is no stream's id
        add_words(where, wanted.q)
        add_shared(where, self._clock.now(), is_shared=wanted.shared)
        return where

    async def _streams(self, actor: Actor, wanted: GalleryFilter) -> tuple[str, ...]:
        """Return the ids of the streams that a filter names; the planner judges by values."""
        rows = await self._database.fetch(
            "SELECT id FROM stream WHERE organization_id = $1"
            " AND (id = ANY($2::text[]) OR slug = ANY($2::text[]))",
            actor.organization_id,
            list(wanted.streams),
        )
        return tuple(row["id"] for row in rows)


def _moments(wanted: GalleryFilter) -> MomentFilter:
    """Return the part of a list that is wanted."""
    return MomentFilter(
        start=wanted.start,
        end=wanted.end,
        after=wanted.after,
        limit=wanted.limit,
        offset=wanted.offset,
    )


def _check_number(ids: Sequence[str]) -> None:
    if not 1 <= len(ids) <= _MAX_AT_ONCE:
        raise BadFields({"ids": f"must be 1 to {_MAX_AT_ONCE} ids of snapshots and clips"})
