"""The public view of snapshots and clips."""

from collections.abc import Mapping, Sequence

from domain.accounts.models import Actor
from domain.captures.row_values import CaptureRow
from domain.captures.rows import CaptureRows
from domain.moments.search import Where
from domain.sharing.models import PublicItem, PublicMoment
from domain.sharing.moments import Part


class PublicCaptures:
    """The subjects `clip_…` and `snap_…` of share links."""

    def __init__(self, rows: CaptureRows) -> None:
        self._rows = rows

    async def check(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each capture that an actor can see, locked."""
        rows = await self._rows.many(actor, ids, lock=True)
        return {row.id: row.moment_id for row in rows}

    async def moments(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each capture that still exists."""
        return await self._rows.moments_of(ids)

    async def views(self, ids: Sequence[str], organization_id: str) -> Mapping[str, PublicMoment]:
        """Return the public views of captures."""
        where = Where("c.id = ANY($1::text[])", [list(ids)])
        where.add_if("c.organization_id = {}", organization_id)
        where.add("m.deleted_at IS NULL AND c.removed_at IS NULL")
        return {row.id: _view_of(row) for row in await self._rows.select(where)}

    async def parts(self, moment_ids: Sequence[str]) -> Sequence[Part]:
        """Return the captures of moments that have files, including removed ones."""
        where = Where("c.moment_id = ANY($1::text[])", [list(moment_ids)])
        rows = await self._rows.select(where, "ORDER BY c.id")
        return [
            Part(row.moment_id, row.asset_id, None if row.is_removed else _item_of(row))
            for row in rows
        ]

    def event(self, subject_id: str) -> str:
        """Return the event kind for a changed capture."""
        return "clip.updated" if subject_id.startswith("clip_") else "snapshot.updated"


def _view_of(row: CaptureRow) -> PublicMoment:
    return PublicMoment(
        id=row.id,
        kind=row.kind,
        title=row.title,
        description=row.note,
        source_name=row.stream.name if row.stream else None,
        at=row.start_at,
        items=(_item_of(row),),
    )


def _item_of(row: CaptureRow) -> PublicItem:
    is_ready = row.status == "ready"
    media = row.media if is_ready else None
    return PublicItem(
        id=row.id,
        kind=row.kind,
        title=row.title,
        captured_at=row.start_at,
        duration_ms=row.duration_ms if row.kind == "clip" else None,
        width=row.width or 0,
        height=row.height or 0,
        is_ready=is_ready,
        media=media,
        poster=row.preview or (media if row.kind == "snapshot" else None),
    )
