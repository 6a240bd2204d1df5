"""The viewer's time zone, which only the browser knows."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments


class TimeZone(ui.element, component="time_zone.js"):
    """Calls `on_zone` with its name, once."""

    def __init__(self, on_zone: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()

        async def zone(event: GenericEventArguments) -> None:
            await on_zone(str(event.args))

        self.on("zone", zone)
