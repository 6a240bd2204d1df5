"""A clock that stands still while nobody looks at the page."""

from collections.abc import Awaitable, Callable

from nicegui import ui


class Ticker(ui.element, component="ticker.js"):
    """Calls `on_tick` every few seconds while the page is visible, and when it is so again."""

    def __init__(self, every_s: float, on_tick: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._props["every"] = every_s * 1000
        self.on("tick", on_tick, args=[])
