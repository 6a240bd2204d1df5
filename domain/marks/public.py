"""Marks as anybody sees them: where the part lies, and how many people saved it."""

from collections.abc import Sequence

from domain.infra.base import Base
from domain.marks.models import PublicMark
from domain.marks.rows import MarkRow, MarkRows
from domain.marks.sums import Sums, Window
from domain.moments.access import OPEN
from domain.moments.search import Where


class PublicMarks:
    """Adds a mark's facts to moments that somebody may see already; asks for no rights."""

    def __init__(self, base: Base, rows: MarkRows, sums: Sums) -> None:
        self._database = base.database
        self._rows = rows
        self._sums = sums

    async def of(self, moment_ids: Sequence[str]) -> dict[str, PublicMark]:
        """Return the marks among moments; counts are those that anybody may know."""
        where = Where("m.deleted_at IS NULL", [])
        where.add_if("k.moment_id = ANY({}::text[])", list(moment_ids))
        async with self._database.transaction():
            rows = await self._rows.select(where)
            windows = [Window(row.id, row.track_id, row.start_ds, row.end_ds) for row in rows]
            counts = await self._sums.saved_by(windows, None) if rows else {}
            own = [r.source.provider_id for r in rows if r.source.provider == "moments"]
            slugs = await self._slugs(own) if own else {}
        return {
            row.id: _view(row, counts[row.id], slugs.get(row.source.provider_id)) for row in rows
        }

    async def _slugs(self, moment_ids: Sequence[str]) -> dict[str, str]:
        """Return the pages of those of our own media that are for everybody."""
        rows = await self._database.fetch(
            "SELECT id, slug FROM moments WHERE id = ANY($1::text[]) AND deleted_at IS NULL"
            " AND visibility = ANY($2::text[]) AND slug IS NOT NULL",
            moment_ids,
            list(OPEN),
        )
        return {row["id"]: row["slug"] for row in rows}


def _view(row: MarkRow, saved_by: int, media_slug: str | None) -> PublicMark:
    return PublicMark(
        id=row.id,
        track_id=row.track_id,
        source=row.source,
        start_ds=row.start_ds - row.source.offset_ds,
        end_ds=row.end_ds - row.source.offset_ds,
        seen_duration_ms=row.seen_duration_ms,
        saved_by=saved_by,
        media_slug=media_slug,
    )
