"""A button that opens a menu."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry: a link, or a value that is chosen."""

    label: str
    icon: str
    href: str | None = None
    value: str = ""


class MenuButton(ui.element, component="menu_button.js"):
    """Calls `on_choose` with a value; the menu opens in the browser, and a link needs no Python.

    With only one entry there is no menu: the button does what it says.
    """

    def __init__(self, label: str, glyph: str, on_choose: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"label": label, "glyph": glyph, "items": ()})

        async def choose(event: GenericEventArguments) -> None:
            await on_choose(str(event.args or ""))

        self.on("choose", choose)

    def offer(self, items: Iterable[MenuItem]) -> None:
        """Offer these entries."""
        if (offered := tuple(items)) != self._props["items"]:
            self._props["items"] = offered
