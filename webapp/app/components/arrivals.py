"""What arrives in a list while its visitor reads further down."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments


class Arrivals(ui.element, component="arrivals.js"):
    """Holds ids back until the visitor asks for them, or is at the top again.

    It also tells the visitor's time zone once.
    """

    def __init__(
        self, on_show: Callable[[], Awaitable[None]], on_zone: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.is_away = False
        self._on_show = on_show
        self.on("show", on_show, args=[])
        self.on("away", self._moved)

        async def zone(event: GenericEventArguments) -> None:
            await on_zone(str(event.args))

        self.on("zone", zone)

    def hold(self, arrived: str) -> None:
        """Count one more."""
        self.ids.add(arrived)
        self._props["count"] = len(self.ids)

    def take(self) -> list[str]:
        """Return what was held, and hold nothing."""
        taken = sorted(self.ids)
        self.ids.clear()
        self._props["count"] = 0
        return taken

    async def _moved(self, event: GenericEventArguments) -> None:
        self.is_away = bool(event.args)
        if self.ids and not self.is_away:
            await self._on_show()
