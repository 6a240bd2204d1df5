"""The field that searches everything, from every page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments


@dataclass(frozen=True, slots=True)
class BoxHit:
    """A result: its name, where it leads, its picture or drawing."""

    title: str
    href: str
    glyph: str
    at: str  # ISO 8601
    detail: str = ""
    picture: str | None = None


class SearchBox(ui.element, component="search_box.js"):
    """Calls `on_search` with the words that were typed; `show` answers."""

    def __init__(self, on_search: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()

        async def search(event: GenericEventArguments) -> None:
            await on_search(str(event.args or ""))

        self.on("search", search)

    def show(self, words: str, groups: Sequence[tuple[str, Sequence[BoxHit]]]) -> None:
        """Show results for words, below headings."""
        shown = [{"label": label, "hits": hits} for label, hits in groups if hits]
        self._props["results"] = {"q": words, "groups": shown}
