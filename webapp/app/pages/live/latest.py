"""The newest captures of a stream, beside the player."""

from collections.abc import Iterable
from typing import Final

from domain.captures.models import Clip, Snapshot
from webapp.app.kit.elements import El, link
from webapp.app.pages.live.capture_row import CaptureRow

MOST: Final = 6


class LatestCaptures:
    """A short list, newest first; a fresh capture shows the frame that was pressed."""

    def __init__(self, title: str, empty: str, href: str) -> None:
        self._rows: dict[str, CaptureRow] = {}  # newest first
        self._empty_words = empty
        with El("section", aria_label=title):
            with El("div", "m-row m-between m-capshead"):
                El("h2", text=title)
                link("Open the library", href, "m-link m-sm")
            self._list = El("div", "m-caps")
            self._empty = El("p", "m-2 m-sm", self._empty_words)

    def __contains__(self, capture_id: str) -> bool:
        return capture_id in self._rows

    @property
    def titles(self) -> list[str]:
        """The captures' titles, newest first."""
        return [row.item.title for row in self._rows.values()]

    def fill(self, items: Iterable[Snapshot | Clip]) -> None:
        """Show these, newest first, instead of the present ones."""
        self._list.clear()
        self._rows.clear()
        with self._list:
            for item in items:
                self._rows[item.id] = CaptureRow(item)
        self._settle()

    def put(self, item: Snapshot | Clip, press: int | None = None) -> None:
        """Show a capture: a new one first, a known one where it is."""
        row = self._rows.get(item.id)
        if row is not None:
            row.draw(item, press or row.press)
            return
        for known in self._rows.values():
            known.classes(remove="m-new")
        with self._list:
            row = CaptureRow(item, press).classes("m-new")
        row.move(self._list, 0)
        self._rows = {item.id: row, **self._rows}
        for each in list(self._rows)[MOST:]:
            self._rows.pop(each).delete()
        self._settle()

    def drop(self, capture_id: str) -> None:
        """Remove a capture that was deleted."""
        if (row := self._rows.pop(capture_id, None)) is not None:
            row.delete()
            self._settle()

    def _settle(self) -> None:
        self._empty.set_visibility(not self._rows)
