"""Rows of streams: shared by every service that finds, creates or changes one."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.accounts.models import Actor, Role
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.ids import is_id, new_id
from domain.core.slugs import slug_from
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.live.models import NewStream, StreamChange
from domain.moments.counting import count
from domain.moments.models import Count
from domain.moments.search import Where, known_total

OPEN: Final = frozenset({"public", "unlisted"})
# A moment that was found in a video has the video as its source, and knows the video's stream.
_PRIVATE: Final = """
WITH private AS MATERIALIZED (
    SELECT s.id FROM stream s WHERE s.visibility = 'private' AND {where} LIMIT {most})
SELECT id FROM private
UNION ALL (SELECT DISTINCT m.source_id
    FROM moments m JOIN private ON private.id = m.stream_id LIMIT {most})
"""
# As `may_see`; `$3` is a member who may have made some.
_VISIBLE: Final = """organization_id = $1 AND deleted_at IS NULL
    AND (visibility <> 'private' OR $2::boolean OR created_by = $3)"""
_NAMED: Final = 200  # a query with more ids takes long to plan


def may_see(actor: Actor, row: Record) -> bool:
    """Return whether a member can see a stream: only its creator and admins see a private one."""
    return row["visibility"] != "private" or may_run(actor, row)


def may_run(actor: Actor, row: Record) -> bool:
    """Return whether a member may change a stream and publish to it."""
    is_maker = actor.user_id is not None and row["created_by"] == actor.user_id
    return actor.is_admin or (is_maker and actor.role >= Role.MEMBER)


class StreamRows:
    """Reads and writes; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, actor: Actor, id_or_slug: str, *, lock: bool = False) -> Record:
        """Return a stream that an actor can see.

        Raises:
            NotFound: It is absent, another organisation's, or private.
        """
        row = await self.find_any(id_or_slug, lock=lock)
        if row is None or row["organization_id"] != actor.organization_id:
            raise no_stream()
        if not may_see(actor, row):
            raise no_stream()
        return row

    async def find_any(self, id_or_slug: str, *, lock: bool = False) -> Record | None:
        """Return a stream of any organisation, by id or slug."""
        column = "id" if is_id(id_or_slug, "stream") else "slug"
        return await self._database.fetchrow(
            f"SELECT * FROM stream WHERE {column} = $1 AND deleted_at IS NULL"  # noqa: S608 (constants)
            + (" FOR UPDATE" if lock else ""),
            id_or_slug.replace("\0", ""),
        )

    async def visible(
        self, actor: Actor, *, limit: int, offset: int = 0
    ) -> tuple[Sequence[Record], Count]:
        """Return one page of the streams that an actor can see, by name, and their number."""
        maker = actor.user_id if actor.role >= Role.MEMBER else None
        where = Where(_VISIBLE, [actor.organization_id, actor.is_admin, maker])
        page = where.copy()
        rows = await self._database.fetch(
            f"SELECT * FROM stream WHERE {page.sql} ORDER BY lower(name), id"  # noqa: S608 (constants)
            f" LIMIT {page.argument(limit)} OFFSET {page.argument(offset)}",
            *page.arguments,
        )
        known = known_total(len(rows), limit=limit, offset=offset, after=None)
        return rows, known or await count(self._database, "stream", where)

    async def hidden_from(self, actor: Actor) -> list[str] | None:
        """Return the ids of others' private streams, deleted ones too, and of their videos.

        None: There are too many to name.
        """
        others = "s.organization_id = $1 AND s.created_by IS DISTINCT FROM $2"
        return await self._private(others, actor.organization_id, actor.user_id)

    async def audience(self, source_id: str) -> list[str] | None:
        """Return the users, besides admins, who can see a stream or its video; None: everybody."""
        row = await self._database.fetchrow(
            "SELECT created_by FROM stream WHERE visibility = 'private' AND id IN ($1,"
            " (SELECT stream_id FROM moments WHERE source_id = $1 AND stream_id IS NOT NULL"
            " LIMIT 1))",
            source_id,
        )
        return None if row is None else [by for by in row.values() if by is not None]

    async def closed(self) -> list[str] | None:
        """Return the ids of all private streams, deleted ones too, and of their videos.

        None: There are too many to name.
        """
        return await self._private("true")

    async def _private(self, which: str, *arguments: object) -> list[str] | None:
        sql = _PRIVATE.format(where=which, most=_NAMED + 1)
        rows = await self._database.fetch(sql, *arguments)
        return list({row["id"] for row in rows}) if len(rows) <= _NAMED else None

    async def purge(self, deleted_before: datetime) -> None:
        """Delete removed streams without moments; others keep their name and privacy."""
        await self._database.execute(
            "DELETE FROM stream s WHERE deleted_at < $1"
            " AND NOT EXISTS (SELECT 1 FROM moments m WHERE m.source_id = s.id)"
            " AND NOT EXISTS (SELECT 1 FROM moments m WHERE m.stream_id = s.id)",
            deleted_before,
        )

    async def meant(self, actor: Actor, id_or_slug: str | None) -> Record:
        """Return the stream with a name, or the only one.

        Raises:
            NotFound: There is none with this name. BadFields: No name is given, and there are
                several (the sentence lists them), or none.
        """
        if id_or_slug is not None:
            return await self.find(actor, id_or_slug)
        rows, _ = await self.visible(actor, limit=50)
        if len(rows) == 1:
            return rows[0]
        if not rows:
            message = "There is no stream yet. Create one first."
        else:
            names = ", ".join(row["slug"] for row in rows)
            message = f"Choose a stream: {names}."
        raise BadFields({"stream": "is required"}, message)

    async def insert(self, actor: Actor, new: NewStream) -> Record:
        """Create a stream; without a slug, derive one from the name.

        Raises:
            Conflict: Another stream has the slug.
        """
        slug = new.slug or await self._free_slug(slug_from(new.name, otherwise="stream"))
        now = self._clock.now()
        row = await self._database.fetchrow(
            "INSERT INTO stream (id, organization_id, name, slug, kind, url, buffer_s, visibility,"
            " allow_capture, publish_key_version, created_by, created_at, updated_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $11)"
            " ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING RETURNING *",
            new_id("stream"),
            actor.organization_id,
            new.name.strip(),
            slug,
            new.source.kind,
            new.source.url,
            new.buffer_s,
            new.visibility,
            new.allow_capture,
            actor.user_id,
            now,
        )
        if row is None:
            raise _slug_taken(slug)
        return row

    async def update(self, row: Record, change: StreamChange) -> Record:
        """Change a stream's row.

        Raises:
            Conflict: Another stream has the slug.
        """
        await self._check_slug(row, change.slug)
        source = change.source
        changed: Record = await self._database.fetchrow(
            "UPDATE stream SET name = coalesce($2, name), slug = coalesce($3, slug),"
            " kind = CASE WHEN $4 THEN $5 ELSE kind END, url = CASE WHEN $4 THEN $6 ELSE url END,"
            " buffer_s = coalesce($7, buffer_s), visibility = coalesce($8, visibility),"
            " allow_capture = coalesce($9, allow_capture), updated_at = $10"
            " WHERE id = $1 RETURNING *",
            row["id"],
            None if change.name is None else change.name.strip(),
            change.slug,
            source is not None,
            None if source is None else source.kind,
            None if source is None else source.url,
            change.buffer_s,
            change.visibility,
            change.allow_capture,
            self._clock.now(),
        )
        return changed

    async def _check_slug(self, row: Record, slug: str | None) -> None:
        if slug is None or slug == row["slug"]:
            return
        await self._database.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"slug {slug}")
        if await self.find_any(slug) is not None:
            raise _slug_taken(slug)

    async def _free_slug(self, wanted: str) -> str:
        for slug in (wanted, f"{wanted}-{secrets.token_hex(2)}"):
            if await self.find_any(slug) is None:
                return slug
        return f"{wanted}-{secrets.token_hex(5)}"


def no_stream() -> NotFound:
    """Return the same answer for absent and for inaccessible streams."""
    return NotFound("There is no such stream.")


def not_yours() -> Forbidden:
    """Return the refusal to change somebody else's stream."""
    return Forbidden("Only owners, admins and the creator of this stream can change it.")


def _slug_taken(slug: str) -> Conflict:
    return Conflict(f"Another stream has the slug {slug}. Choose another one.", code="slug_taken")
