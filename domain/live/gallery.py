"""The gallery: snapshots and clips together, found, counted, deleted, restored, taken along."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.core.errors import BadFields, Conflict
from domain.infra.database import Record
from domain.live.archive import unique_names, zipped
from domain.live.capture_rows import VISIBLE, check_may_delete, scope
from domain.live.making import CaptureMaker, CaptureParts
from domain.live.models import GalleryCounts, GalleryFilter, GalleryPage
from domain.live.presenting import SELECT, media_file

_MAX_AT_ONCE: Final = 500
_MAX_WORDS: Final = 12
_JOINS: Final = "FROM capture c LEFT JOIN stream s ON s.id = c.stream_id"


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip on its way: the name to save it under and its bytes, made while they are read."""

    file_name: str
    body: AsyncIterator[bytes]


class GalleryService:
    """What can be asked of many captures at once."""

    def __init__(self, parts: CaptureParts, maker: CaptureMaker) -> None:
        self._parts = parts
        self._maker = maker
        self._database = parts.database

    async def counts(self, caller: Caller, wanted: GalleryFilter) -> GalleryCounts:
        """Count what the filter (its kind and `shared` aside) leaves behind each tab."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            where = self._where(actor, replace(wanted, kind=None, shared=None, deleted=None))
            shared = where.argument(self._parts.clock.now())
            [row] = await self._database.fetch(
                "SELECT count(*) FILTER (WHERE c.deleted_at IS NULL AND c.kind = 'clip') AS clips,"
                " count(*) FILTER (WHERE c.deleted_at IS NULL AND c.kind = 'snapshot')"
                "  AS snapshots,"
                f" count(*) FILTER (WHERE c.deleted_at IS NULL AND c.shared_until > {shared})"
                "  AS shared,"
                f" count(*) FILTER (WHERE c.deleted_at IS NOT NULL) AS deleted {_JOINS}"
                f" WHERE {where.sql}",
                *where.arguments,
            )
        return GalleryCounts(**dict(row.items()))

    async def labels(self, caller: Caller) -> list[tuple[str, int]]:
        """Return the labels in use and how often, most used first (at most 200)."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            rows = await self._database.fetch(
                f"SELECT label, count(*) {_JOINS}, unnest(c.labels) AS label"
                f" WHERE {VISIBLE} AND c.deleted_at IS NULL"
                " GROUP BY label ORDER BY count(*) DESC, label LIMIT 200",
                *scope(actor),
            )
        return [(row["label"], row["count"]) for row in rows]

    async def delete(self, caller: Caller, ids: Sequence[str]) -> int:
        """Put many in the bin, all or nothing; return how many were not there already.

        Raises:
            NotFound: One of them is absent or another organisation's. Forbidden: One is not
            the caller's to delete.
        """
        return await self._move(caller, ids, restore=False)

    async def restore(self, caller: Caller, ids: Sequence[str]) -> int:
        """Take many out of the bin again, until they are purged."""
        return await self._move(caller, ids, restore=True)

    async def archive(self, caller: Caller, ids: Sequence[str]) -> Archive:
        """Return a zip of many, streamed: constant memory, safe and unique names.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent. Conflict: One is not ready.
        """
        _check_number(ids)
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            rows = await self._parts.rows.many(actor, ids)
        files = [(row, media_file(row)) for row in rows]
        found = [(row["created_at"], file) for row, file in files if file is not None]
        if len(found) < len(files):
            message = "Not all of these are ready. Take the others, or try again in a moment"
            raise Conflict(message, code="clip_not_ready")
        names = unique_names([file.file_name for _, file in found])
        named = [(name, at, file) for name, (at, file) in zip(names, found, strict=True)]
        day = self._parts.clock.now().strftime("%Y-%m-%d %H.%M")
        return Archive(f"Moments {day}.zip", zipped(self._parts.storage, named))

    async def list(self, caller: Caller, wanted: GalleryFilter) -> GalleryPage:
        """Return one page of what the caller may see, newest first."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            where = self._where(actor, wanted)
            total = await self._database.fetchval(
                f"SELECT count(*) {_JOINS} WHERE {where.sql}",
                *where.arguments,
            )
            limit, offset = where.argument(wanted.limit), where.argument(wanted.offset)
            rows = await self._database.fetch(
                f"{SELECT} WHERE {where.sql} ORDER BY c.created_at DESC, c.id DESC"
                f" LIMIT {limit} OFFSET {offset}",
                *where.arguments,
            )
        items = tuple(map(self._parts.presenter.capture, rows))
        return GalleryPage(items, total, wanted.limit, wanted.offset)

    async def _move(self, caller: Caller, ids: Sequence[str], *, restore: bool) -> int:
        _check_number(ids)
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            rows = await self._parts.rows.many(actor, ids, deleted=True, lock=True)
            moving = [row for row in rows if (row["deleted_at"] is not None) is restore]
            for row in moving:
                check_may_delete(actor, row)
            await self._parts.rows.bin(moving, restore=restore)
            for row in moving:
                await self._tell(row, "restored" if restore else "deleted")
        return len(moving)

    async def _tell(self, row: Record, what: str) -> None:
        await self._maker.tell(row["organization_id"], f"{row['kind']}.{what}", row["id"])

    def _where(self, actor: Actor, wanted: GalleryFilter) -> "_Where":
        where = _Where(actor)
        if wanted.deleted is not None:
            where.add("c.deleted_at IS NOT NULL" if wanted.deleted else "c.deleted_at IS NULL")
        where.add_if("c.kind = {}", wanted.kind)
        where.add_if("c.status = {}", wanted.status)
        where.add_if("c.created_by = {}", wanted.created_by)
        where.add_if("c.start_at >= {}", wanted.start)
        where.add_if("c.start_at < {}", wanted.end)
        where.add_if("c.labels @> {}::text[]", [*wanted.labels] or None)
        where.add_if(
            "(s.id = ANY({0}::text[]) OR s.slug = ANY({0}::text[]))", [*wanted.streams] or None
        )
        where.add_if("c.search @@ to_tsquery('simple', {})", _query(wanted.q))
        if wanted.shared is not None:
            now = where.argument(self._parts.clock.now())
            is_shared = f"coalesce(c.shared_until > {now}, false)"
            where.add(is_shared if wanted.shared else f"NOT {is_shared}")
        return where


class _Where:
    """Conditions that must all hold, and their arguments in order."""

    def __init__(self, actor: Actor) -> None:
        self.arguments: list[object] = [*scope(actor)]
        self._conditions = [f"({VISIBLE})"]

    @property
    def sql(self) -> str:
        """The conditions as SQL."""
        return " AND ".join(self._conditions)

    def argument(self, value: object) -> str:
        """Add an argument and return what stands for it."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, condition: str) -> None:
        """Add a condition."""
        self._conditions.append(condition)

    def add_if(self, condition: str, value: object) -> None:
        """Add a condition about a value, unless there is none; `{}` stands for the argument."""
        if value is not None:
            self.add(condition.format(self.argument(value)))


def _query(text: str) -> str | None:
    """Return a text search query: all words, each a beginning; quotes and operators are nothing."""
    words = re.findall(r"\w+", text)[:_MAX_WORDS]
    return " & ".join(f"{word}:*" for word in words) or None


def _check_number(ids: Sequence[str]) -> None:
    if not 1 <= len(ids) <= _MAX_AT_ONCE:
        raise BadFields({"ids": f"must be 1 to {_MAX_AT_ONCE} ids of snapshots and clips"})
