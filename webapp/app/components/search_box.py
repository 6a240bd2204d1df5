"""The field that searches everything, from every page."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.pages.sources import Hit


class SearchBox(ui.element, component="search_box.js"):
    """Calls `on_search` with the words that were typed; `show` answers."""

    def __init__(self, on_search: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()

        async def search(event: GenericEventArguments) -> None:
            await on_search(str(event.args or ""))

        self.on("search", search)

    def show(self, words: str, groups: Sequence[tuple[str, Sequence[Hit]]]) -> None:
        """Show results for words, below the headings of their sources."""
        shown = [{"label": label, "hits": hits} for label, hits in groups if hits]
        self._props["results"] = {"q": words, "groups": shown}
