"""The address of a page whose filters are in its query."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments


class Address(ui.element, component="address.js"):
    """Shows an address in the browser's bar; `on_move` gets the query after back and forward."""

    def __init__(self, on_move: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self.shown = ""

        async def moved(event: GenericEventArguments) -> None:
            await on_move(str(event.args or ""))

        self.on("moved", moved)

    def show(self, url: str, *, replace: bool = False) -> None:
        """Show an address; `replace` adds nothing to the browser's history."""
        self.shown = url
        self.run_method("show", url, replace)
