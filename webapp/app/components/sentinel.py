"""The end of an endless list."""

from collections.abc import Awaitable, Callable

from nicegui import ui


class Sentinel(ui.element, component="sentinel.js"):
    """Calls `on_near` when the visitor scrolls near it."""

    def __init__(self, on_near: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._props["page"] = 0
        self.on("near", on_near, args=[])

    def again(self) -> None:
        """Look again, after the list has grown."""
        self._props["page"] += 1
