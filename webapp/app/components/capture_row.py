"""A capture in a short list: one element, one prop."""

from dataclasses import dataclass, replace
from typing import Any, Self

from nicegui import ui

from domain.captures.models import CaptureKind, Clip, ClipStatus, Snapshot
from domain.core.time import isoformat


@dataclass(frozen=True, slots=True)
class RowItem:
    """What a row shows. Instants are ISO 8601: the browser knows the viewer's time zone."""

    id: str
    kind: CaptureKind
    title: str
    href: str
    starts_at: str
    created_at: str
    picture: str | None
    status: ClipStatus = "ready"
    ends_at: str | None = None
    duration_ms: int | None = None
    press: int | None = None  # in this tab, for the frame that was seen

    @classmethod
    def of(cls, item: Snapshot | Clip, press: int | None = None) -> Self:
        """Return a capture's row."""
        row = cls(
            id=item.id,
            kind=item.kind,
            title=item.title,
            href=f"/library/{item.moment_id}",
            starts_at=isoformat(item.timestamp if isinstance(item, Snapshot) else item.start_ts),
            created_at=isoformat(item.created_at),
            picture=item.thumbnail_url if isinstance(item, Snapshot) else item.preview_url,
            press=press,
        )
        if isinstance(item, Snapshot):
            return row
        return replace(
            row,
            status=item.status,
            ends_at=isoformat(item.requested_end_ts),
            duration_ms=item.duration_ms,
        )


class CaptureRow(ui.element, component="capture_row.js"):
    """A row that leads to the capture."""

    def __init__(self, item: RowItem, *, is_new: bool = False) -> None:
        super().__init__()
        self.item = item
        with self._props.suspend_updates():
            self._props["item"] = item
            if is_new:
                self._props["fresh"] = True

    def settle(self) -> None:
        """Show it as one among others: it is no longer the newest."""
        self._props.set_optional("fresh", None)

    def draw(self, item: RowItem) -> None:
        """Draw it as it is now."""
        if item != self.item:
            self.item = item
            self._props["item"] = item

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        return [*super()._displayed_contents(only_visible=only_visible), self.item.title]
