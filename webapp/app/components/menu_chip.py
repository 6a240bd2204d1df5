"""A filter as a chip with a menu.

Quasar's select is a text field, and as a chip it would have no name of its own.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

Option = tuple[str, str, int]  # a value, its label, how many (0: not said)


class MenuChip(ui.element, component="menu_button.js"):
    """Calls `on_choose` with a value, or with an empty one when the filter is removed.

    A label of `-` is a line between others; a shown value that is not offered is its own label.
    """

    def __init__(
        self,
        label: str,
        glyph: str,
        on_choose: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"label": label, "glyph": glyph, "items": [], "value": ""})

        async def choose(event: GenericEventArguments) -> None:
            await on_choose(str(event.args or ""))

        self.on("choose", choose)

    def offer(self, options: Iterable[Option]) -> None:
        """Offer these values."""
        self._props["items"] = [
            {"value": value, "label": label, "count": count} for value, label, count in options
        ]

    def show(self, value: str | Sequence[str]) -> None:
        """Show the chosen value, or all of several."""
        shown = value if isinstance(value, str) else list(value)
        if self._props["value"] != shown:
            self._props["value"] = shown
