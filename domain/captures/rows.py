"""The rows of snapshots and clips, joined with their moment and their files."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from domain.accounts.models import Actor
from domain.captures.models import CaptureChange, CaptureKind
from domain.captures.row_values import CaptureRow, Held, NewCapture, capture_row
from domain.captures.tables import Captures
from domain.core.errors import NotFound
from domain.core.time import Clock
from domain.infra.database import Database
from domain.moments.models import MomentChange, NewMoment
from domain.moments.records import MomentRecords
from domain.moments.row_values import Origin
from domain.moments.search import Where

UNFINISHED: Final = ("recording", "processing")
SOURCE: Final = (
    "captures c JOIN moments m ON m.id = c.moment_id LEFT JOIN stream s ON s.id = c.stream_id"
)
_SELECT: Final = f"""
SELECT c.*, s.name AS current_stream_name, s.slug AS current_stream_slug,
    m.title, m.description AS note, m.tags AS labels, m.shared_until,
    coalesce(m.deleted_at, c.removed_at) AS deleted_at, c.removed_at IS NOT NULL AS is_removed,
    a.gcs_bucket AS a_bucket, a.gcs_path AS a_path, a.mime_type AS a_mime,
    a.file_size_bytes AS a_size, p.gcs_bucket AS p_bucket, p.gcs_path AS p_path,
    p.mime_type AS p_mime, p.file_size_bytes AS p_size
FROM {SOURCE}
LEFT JOIN moment_assets a ON a.id = c.asset_id
LEFT JOIN moment_assets p ON p.id = c.preview_id
"""  # noqa: S608 (constants)


class CaptureRows:
    """Reads and writes; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, clock: Clock, moments: MomentRecords) -> None:
        self._database = database
        self._clock = clock
        self._moments = moments

    async def where(self, actor: Actor) -> Where:
        """Return the condition for what an actor can see, for a query over `SOURCE`."""
        return await self._moments.where(actor, organization="c.organization_id")

    async def page(self, where: Where, limit: int, offset: int) -> list[CaptureRow]:
        """Return captures that match conditions, newest first; joins only what it returns."""
        few, skipped = where.argument(limit), where.argument(offset)
        order = "ORDER BY c.created_at DESC, c.id DESC"
        ids = f"SELECT c.id FROM {SOURCE} WHERE {where.sql} {order} LIMIT {few} OFFSET {skipped}"  # noqa: S608 (constants)
        return await self.select(Where(f"c.id IN ({ids})", where.arguments), order)

    async def select(self, where: Where, tail: str = "") -> list[CaptureRow]:
        """Return the captures that match conditions; `tail` orders and limits."""
        rows = await self._database.fetch(f"{_SELECT} WHERE {where.sql} {tail}", *where.arguments)
        return [capture_row(row) for row in rows]

    async def insert(
        self,
        actor: Actor,
        new: NewCapture,
        insert_files: Callable[[], Awaitable[Held]] | None = None,
    ) -> None:
        """Insert a capture, and its moment unless it joins one.

        One that is ready has files: `insert_files` inserts them between the two.
        """
        stream, now = new.stream, self._clock.now()  # a moment is never older than its captures
        if new.makes_moment:
            await self._moments.insert(
                new.moment_id,
                actor.organization_id,
                NewMoment(new.title, new.note, new.labels, kind=new.kind),
                created_by=actor.user_id,
                source=Origin(stream.id, stream.name) if stream else None,
            )
        else:
            await self._moments.find(actor, new.moment_id, lock=True)
            await self._moments.add_capture(new.moment_id, new.note, new.labels)
        held = await insert_files() if insert_files is not None else None
        trim_start_ms, trim_end_ms = new.trim_ms or (None, None)
        row = Captures(
            id=new.id,
            organization_id=actor.organization_id,
            moment_id=new.moment_id,
            kind=new.kind,
            stream_id=stream.id if stream else None,
            stream_name=stream.name if stream else None,
            stream_slug=stream.slug if stream else None,
            status=new.status,
            requested_start=new.requested.start,
            requested_end=new.requested.end,
            start_at=new.requested.start,
            end_at=new.requested.end,
            duration_ms=new.requested.duration_ms,
            node_id=new.node_id,
            parent_id=new.parent_id,
            trim_start_ms=trim_start_ms,
            trim_end_ms=trim_end_ms,
            created_by=actor.user_id,
            created_at=now,
            updated_at=now,
        )
        if held is not None:
            for column, value in _values_of(held).items():
                setattr(row, column._meta.name, value)
        await Captures.insert(row)
        if held is not None and held.preview_id is not None:
            await self._moments.set_cover(new.moment_id, held.preview_id)

    async def finish(self, capture_id: str, held: Held) -> bool:
        """Make a capture ready; False if it is no longer pending."""
        moment_id = await self.change_unfinished(capture_id, _values_of(held))
        if moment_id is not None and held.preview_id is not None:
            await self._moments.set_cover(moment_id, held.preview_id)
        return moment_id is not None

    async def change_unfinished(self, capture_id: str, values: dict[Any, Any]) -> str | None:
        """Change an unfinished capture and return its moment; None if it is ready or failed."""
        done = (
            await Captures.update({**values, Captures.updated_at: self._clock.now()})
            .where(Captures.id == capture_id, Captures.status.is_in(list(UNFINISHED)))
            .returning(Captures.moment_id)
        )
        return done[0]["moment_id"] if done else None

    async def set_preview(self, capture_id: str, preview_id: str | None) -> None:
        """Set a capture's preview, and its moment's if that has none."""
        if preview_id is not None:
            await Captures.update({Captures.preview_id: preview_id}).where(
                Captures.id == capture_id
            )
            await self._moments.set_cover(await self.moment_of(capture_id), preview_id)

    async def moment_of(self, capture_id: str) -> str:
        """Return the moment of a capture."""
        return (await self.moments_of([capture_id]))[capture_id]

    async def moments_of(self, capture_ids: Sequence[str]) -> dict[str, str]:
        """Return the moments of the given captures that still exist."""
        rows = await Captures.select(Captures.id, Captures.moment_id).where(
            Captures.id.is_in(list(capture_ids))
        )
        return {row["id"]: row["moment_id"] for row in rows}

    async def lock(self, capture_id: str) -> Captures | None:
        """Return a capture's own row, locked until the transaction ends."""
        return await Captures.objects().where(Captures.id == capture_id).lock_rows().first()

    async def by_id(self, capture_id: str) -> CaptureRow | None:
        """Return a capture for a job, regardless of access, deleted or not."""
        rows = await self.select(Where("c.id = $1", [capture_id]))
        return rows[0] if rows else None

    async def find(
        self, actor: Actor, capture_id: str, kind: CaptureKind, *, lock: bool = False
    ) -> CaptureRow:
        """Return a capture that an actor can see.

        Raises:
            NotFound: It is absent, deleted, another organisation's, or hidden from them.
        """
        where = await self.where(actor)
        where.add_if("c.id = {}", capture_id.replace("\0", ""))
        where.add_if("c.kind = {}", kind)
        where.add("m.deleted_at IS NULL AND c.removed_at IS NULL")
        rows = await self.select(where, "FOR UPDATE OF m, c" if lock else "")
        if not rows:
            message = f"There is no such {kind}."
            raise NotFound(message)
        return rows[0]

    async def many(
        self, actor: Actor, ids: Sequence[str], *, deleted: bool = False, lock: bool = False
    ) -> list[CaptureRow]:
        """Return captures of either kind in the order of the given ids.

        Raises:
            NotFound: One of them is absent, another organisation's, or hidden from the actor.
        """
        asked = list(dict.fromkeys(text.replace("\0", "") for text in ids))
        where = await self.where(actor)
        where.add_if("c.id = ANY({}::text[])", asked)
        if not deleted:
            where.add("m.deleted_at IS NULL AND c.removed_at IS NULL")
        rows = await self.select(where, "ORDER BY m.id, c.id" + " FOR UPDATE OF m, c" * lock)
        found = {row.id: row for row in rows}
        missing = [capture_id for capture_id in asked if capture_id not in found]
        if missing:
            message = f"There is no such snapshot or clip: {missing[0][:60]}."
            raise NotFound(message)
        return [found[capture_id] for capture_id in asked]

    async def change(self, row: CaptureRow, change: CaptureChange) -> None:
        """Change a capture's texts, which are its moment's."""
        await self._moments.change(
            row.moment_id,
            MomentChange(title=change.title or None, description=change.note, tags=change.labels),
        )

    async def delete(self, rows: Sequence[CaptureRow]) -> None:
        """Move captures to the bin: with their moment, or alone if it has other files."""
        ids = [row.id for row in rows]
        alone = await self._database.fetch(
            "SELECT DISTINCT m.id FROM moments m JOIN captures c ON c.moment_id = m.id"
            " WHERE c.id = ANY($1::text[]) AND NOT EXISTS (SELECT 1 FROM captures o"
            " WHERE o.moment_id = m.id AND o.removed_at IS NULL AND o.id <> ALL($1::text[]))"
            " AND NOT EXISTS (SELECT 1 FROM moment_assets a WHERE a.moment_id = m.id"
            " AND a.purpose = 'media' AND NOT EXISTS"
            " (SELECT 1 FROM captures k WHERE k.asset_id = a.id))",
            ids,
        )
        moment_ids = [record["id"] for record in alone]
        await self._moments.delete(moment_ids)
        staying = [row.id for row in rows if row.moment_id not in set(moment_ids)]
        await self._set_removed(staying, self._clock.now())

    async def restore(self, rows: Sequence[CaptureRow]) -> None:
        """Restore captures from the bin, with their moments."""
        await self._moments.restore([row.moment_id for row in rows])
        await self._set_removed([row.id for row in rows], None)

    async def _set_removed(self, ids: Sequence[str], at: datetime | None) -> None:
        if ids:
            await Captures.update(
                {Captures.removed_at: at, Captures.updated_at: self._clock.now()}
            ).where(Captures.id.is_in(list(ids)))


def _values_of(held: Held) -> dict[Any, Any]:
    values: dict[Any, Any] = {
        Captures.status: "ready",
        Captures.asset_id: held.asset_id,
        Captures.start_at: held.start,
        Captures.end_at: max(held.end, held.start + timedelta(milliseconds=1)),
        Captures.duration_ms: held.duration_ms,
        Captures.width: held.width,
        Captures.height: held.height,
        Captures.has_audio: held.has_audio,
        Captures.error: held.error,
        Captures.node_missed_at: None,
    }
    if held.preview_id is not None:
        values[Captures.preview_id] = held.preview_id
    return values
