"""Rows of tracks, their sources and marks; the caller opens the transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.marks.links import Link
from domain.marks.models import NewMark, TrackSource
from domain.marks.tables import Marks, Tracks, TrackSources
from domain.moments.models import Visibility
from domain.moments.records import MomentRecords
from domain.moments.search import Where

NEAR_DS: Final = 20  # 2.0 s: within it, two ends are the same
_OF_ORGANIZATION: Final = frozenset({"file", "moments"})  # their address may be a secret
_SOURCE_NAMES: Final = tuple(f.name for f in fields(TrackSource))
_SOURCE: Final = ", ".join(f"s.{name} AS s_{name}" for name in _SOURCE_NAMES)
FROM: Final = (
    "marks k JOIN moments m ON m.id = k.moment_id JOIN track_sources s ON s.id = k.source_id"
)
_SELECT: Final = f"""
SELECT k.*, m.title, m.description AS note, m.tags, m.slug, m.created_by,
    m.deleted_at, m.visibility AS seen_by, {_SOURCE}
FROM {FROM}
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A mark with its moment's texts and its source; times are canonical."""

    id: str
    organization_id: str
    track_id: str
    user_id: str | None
    start_ds: int
    end_ds: int
    seen_duration_ms: int | None
    counts_if_private: bool
    title: str
    note: str
    tags: tuple[str, ...]
    slug: str | None
    visibility: Visibility
    created_by: str | None
    created_at: datetime
    source: TrackSource


class MarkRows:
    """Reads and writes."""

    def __init__(self, database: Database, clock: Clock, moments: MomentRecords) -> None:
        self._database = database
        self._clock = clock
        self._moments = moments

    async def source(self, link: Link, organization_id: str) -> TrackSource | None:
        """Return the known source of a link."""
        row = await self._database.fetchrow(
            f"SELECT {_SOURCE} FROM track_sources s WHERE provider = $1 AND provider_id = $2"  # noqa: S608 (constants)
            " AND coalesce(organization_id, '') = $3",
            link.provider,
            link.provider_id,
            owner_of(link, organization_id) or "",
        )
        return source_of(row) if row else None

    async def source_by_id(self, source_id: str, *, lock: str = "") -> TrackSource | None:
        """Return a source; `lock` is the end of the statement."""
        row = await self._database.fetchrow(
            f"SELECT {_SOURCE} FROM track_sources s WHERE s.id = $1 {lock}",  # noqa: S608 (constants)
            source_id,
        )
        return source_of(row) if row else None

    async def add_source(self, link: Link, organization_id: str) -> TrackSource:
        """Return a link's source, locked against merges; a new one gets a track of its own."""
        known = await self.source(link, organization_id)
        if known is None:
            await self._database.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                f"source {link.provider} {link.provider_id}",
            )
            known = await self.source(link, organization_id)
        if known is None:
            await self._insert_source(link, owner_of(link, organization_id))
            known = await self.source(link, organization_id)
        if known is None:
            raise AssertionError(link)
        locked = await self.source_by_id(known.id, lock="FOR SHARE")
        return locked or known

    async def _insert_source(self, link: Link, owner: str | None) -> None:
        track_id, now = new_id("track"), self._clock.now()
        await Tracks.insert(
            Tracks(
                id=track_id,
                organization_id=owner,
                title="",
                artist="",
                created_at=now,
                updated_at=now,
            )
        )
        await TrackSources.insert(
            TrackSources(
                id=new_id("source"),
                organization_id=owner,
                track_id=track_id,
                provider=link.provider,
                provider_id=link.provider_id,
                kind=link.kind,
                url=link.url,
                title="",
                artist="",
                album="",
                channel="",
                decided_by="alone",
                created_at=now,
                updated_at=now,
            )
        )

    async def report_length(self, source_id: str, length_ms: int) -> None:
        """Keep the length that the first player reported."""
        await self._database.execute(
            "UPDATE track_sources SET reported_ms = $2 WHERE id = $1 AND reported_ms IS NULL",
            source_id,
            length_ms,
        )

    async def lock_own(self, user_id: str, track_id: str) -> None:
        """Keep a user from saving another mark of a track until the transaction ends."""
        await self._database.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))", track_id, user_id
        )

    async def own_near(
        self, user_id: str, track_id: str, start_ds: int, end_ds: int, other_than: str = ""
    ) -> str | None:
        """Return a user's own mark within 2 s at both ends."""
        found: str | None = await self._database.fetchval(
            "SELECT moment_id FROM marks WHERE user_id = $1 AND track_id = $2 AND NOT is_deleted"
            " AND abs(start_ds - $3) <= $5 AND abs(end_ds - $4) <= $5 AND moment_id <> $6"
            " ORDER BY abs(start_ds - $3) + abs(end_ds - $4), moment_id LIMIT 1",
            user_id,
            track_id,
            start_ds,
            end_ds,
            NEAR_DS,
            other_than,
        )
        return found

    async def insert(self, moment_id: str, actor: Actor, new: NewMark, source: TrackSource) -> None:
        """Insert the mark of a moment, on the canonical timeline."""
        await Marks.insert(
            Marks(
                moment_id=moment_id,
                organization_id=actor.organization_id,
                track_id=source.track_id,
                source_id=source.id,
                user_id=actor.user_id,
                start_ds=new.start_ds + source.offset_ds,
                end_ds=new.end_ds + source.offset_ds,
                seen_duration_ms=new.seen_duration_ms,
                visibility=new.visibility,
                counts_if_private=new.counts_if_private,
                created_at=self._clock.now(),
            )
        )

    async def where(self, actor: Actor) -> Where:
        """Return the condition for what an actor can see, for a query over `FROM`."""
        where = await self._moments.where(actor)
        where.add("m.deleted_at IS NULL")
        return where

    async def select(self, where: Where, tail: str = "") -> list[MarkRow]:
        """Return the marks that match conditions; `tail` orders and limits."""
        rows = await self._database.fetch(f"{_SELECT} WHERE {where.sql} {tail}", *where.arguments)
        return [_row_of(row) for row in rows]

    async def find(self, actor: Actor, mark_id: str, *, lock: bool = False) -> MarkRow:
        """Return a mark that an actor can see.

        Raises:
            NotFound: It is absent, deleted, another organisation's, or hidden from them.
        """
        where = await self.where(actor)
        where.add_if("k.moment_id = {}", mark_id.replace("\0", ""))
        rows = await self.select(where, "FOR UPDATE OF m, k" if lock else "")
        if not rows:
            message = "There is no such mark."
            raise NotFound(message)
        return rows[0]

    async def move(self, mark_id: str, start_ds: int, end_ds: int) -> None:
        """Set a mark's times, canonical."""
        await Marks.update({Marks.start_ds: start_ds, Marks.end_ds: end_ds}).where(
            Marks.moment_id == mark_id
        )

    async def set_seen(self, mark_id: str, duration_ms: int) -> None:
        """Set the length that the marker's player reported."""
        await Marks.update({Marks.seen_duration_ms: duration_ms}).where(Marks.moment_id == mark_id)

    async def set_counting(self, mark_id: str, *, counts: bool) -> None:
        """Set whether a mark counts while it is private."""
        await Marks.update({Marks.counts_if_private: counts}).where(Marks.moment_id == mark_id)

    async def set_name(self, source_id: str, title: str, artist: str) -> None:
        """Set what people agree to call a source."""
        await TrackSources.update(
            {TrackSources.people_title: title, TrackSources.people_artist: artist}
        ).where(TrackSources.id == source_id)

    async def track(self, actor: Actor | None, track_id: str) -> Record:
        """Return a track that an actor (or nobody in particular) can see, merged ones followed.

        Raises:
            NotFound: It is absent or another organisation's.
        """
        row = await self._database.fetchrow(
            "WITH RECURSIVE chain AS (SELECT * FROM tracks WHERE id = $1 UNION"
            " SELECT t.* FROM chain c JOIN tracks t ON t.id = c.merged_into)"
            " SELECT * FROM chain WHERE merged_into IS NULL"
            " AND (organization_id IS NULL OR organization_id = $2)",
            track_id.replace("\0", ""),
            actor.organization_id if actor else None,
        )
        if row is None:
            message = "There is no such track."
            raise NotFound(message)
        return row

    async def present(self, track_ids: Sequence[str]) -> list[str]:
        """Return the ids of the tracks that these have become; unknown ones stay as they are."""
        rows = await self._database.fetch(
            "WITH RECURSIVE chain AS (SELECT id AS wanted, id, merged_into FROM tracks"
            " WHERE id = ANY($1::text[]) UNION SELECT c.wanted, t.id, t.merged_into FROM chain c"
            " JOIN tracks t ON t.id = c.merged_into)"
            " SELECT wanted, id FROM chain WHERE merged_into IS NULL",
            ids := [track_id.replace("\0", "") for track_id in track_ids],
        )
        became = {row["wanted"]: row["id"] for row in rows}
        return list(dict.fromkeys(became.get(track_id, track_id) for track_id in ids))

    async def sources(self, track_ids: Sequence[str]) -> list[TrackSource]:
        """Return the sources of tracks, oldest first."""
        rows = await self._database.fetch(
            f"SELECT {_SOURCE} FROM track_sources s WHERE s.track_id = ANY($1::text[])"  # noqa: S608 (constants)
            " ORDER BY s.created_at, s.id",
            list(track_ids),
        )
        return [source_of(row) for row in rows]


def owner_of(link: Link, organization_id: str) -> str | None:
    """Return the organisation that a link's source belongs to; None: it is everybody's."""
    return organization_id if link.provider in _OF_ORGANIZATION else None


def source_of(row: Record) -> TrackSource:
    """Return the source in a row's `s_` columns."""
    values = {name: row[f"s_{name}"] for name in _SOURCE_NAMES}
    return TrackSource(**{**values, "restrictions": json.loads(values["restrictions"])})


def _row_of(row: Record) -> MarkRow:
    return MarkRow(
        id=row["moment_id"],
        organization_id=row["organization_id"],
        track_id=row["track_id"],
        user_id=row["user_id"],
        start_ds=row["start_ds"],
        end_ds=row["end_ds"],
        seen_duration_ms=row["seen_duration_ms"],
        counts_if_private=row["counts_if_private"],
        title=row["title"],
        note=row["note"],
        tags=tuple(row["tags"]),
        slug=row["slug"],
        visibility=row["seen_by"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        source=source_of(row),
    )
