"""The one public view of anything: what a row shows to people without an account."""

from collections.abc import Sequence
from typing import Final

from domain.infra.database import Record
from domain.live.presenting import SELECT, media_file, preview_file
from domain.sharing.models import PublicItem

# In the order of the link; what was deleted is gone from it.
ITEMS: Final = (
    SELECT + " WHERE c.id = ANY($1::text[]) AND c.organization_id = $2 AND c.deleted_at IS NULL"
    " ORDER BY array_position($1::text[], c.id)"
)


def item_of(row: Record) -> PublicItem:
    """Return what a capture shows to anybody."""
    is_ready = row["status"] == "ready"
    media = media_file(row) if is_ready else None
    return PublicItem(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        note=row["note"],
        stream_name=row["current_stream_name"] or row["stream_name"],
        captured_at=row["start_at"],
        duration_ms=row["duration_ms"] if row["kind"] == "clip" else None,
        width=row["width"] or 0,
        height=row["height"] or 0,
        is_ready=is_ready,
        media=media,
        poster=preview_file(row) or (media if row["kind"] == "snapshot" else None),
    )


def view_title(items: Sequence[PublicItem]) -> str:
    """Return what a page of these is called."""
    if len(items) == 1:
        return items[0].title
    return f"{items[0].title} and {len(items) - 1} more"
