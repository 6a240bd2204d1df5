"""Ends of a list that are looked for while one scrolls."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.app.kit.elements import El


class Sight(ui.element):
    """Calls `on_change` with whether it is in sight, or in a margin around that."""

    def __init__(self, margin: str, on_change: Callable[[bool], Awaitable[None]]) -> None:
        super().__init__("q-intersection")
        self._props["margin"] = margin

        async def change(event: GenericEventArguments) -> None:
            await on_change(bool(event.args))

        self.on("visibility", change)


class Sentinel(El):
    """The end of an endless list: calls `on_near` when the visitor scrolls near it."""

    def __init__(self, on_near: Callable[[], Awaitable[None]]) -> None:
        super().__init__("div", "m-sentinel")
        self._on_near = on_near
        self.again()

    def again(self) -> None:
        """Look again, after the list has grown: a short one leaves the end in sight."""
        self.clear()
        with self:
            self.sight = Sight("1200px", self._seen)

    async def _seen(self, is_near: bool) -> None:  # noqa: FBT001 (what the browser says)
        if is_near:
            await self._on_near()
