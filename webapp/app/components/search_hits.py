"""Search results in groups: one element for all, drawn from one prop."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

Pieces = Sequence[tuple[str, bool]]  # texts, and whether each was found


@dataclass(frozen=True, slots=True)
class Result:
    """A passage and what it leads to."""

    href: str
    title: Pieces
    pieces: Pieces
    note: str = ""  # beside the title
    created: str = ""  # ISO 8601
    author: str = ""
    at: str = ""  # where in the moment, as `18:42`
    is_meant: bool = False
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Results below a heading; `more` is how many there are, if not all are shown."""

    key: str
    label: str
    glyph: str
    rows: Sequence[Result]
    more: int = 0


class SearchHits(ui.element, component="search_hits.js"):
    """Calls `on_more` with the key of a group of which all are wanted."""

    def __init__(self, on_more: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self.groups: Sequence[Group] = ()
        self._props["groups"] = []

        async def more(event: GenericEventArguments) -> None:
            await on_more(str(event.args or ""))

        self.on("more", more)

    def show(self, groups: Sequence[Group]) -> None:
        """Show these results."""
        self.groups = groups
        self._props["groups"] = list(groups)

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        rows = [row for group in self.groups for row in group.rows]
        texts = ["".join(text for text, _ in (*row.title, *row.pieces)) for row in rows]
        labels = [group.label for group in self.groups]
        return [*super()._displayed_contents(only_visible=only_visible), *labels, *texts]
