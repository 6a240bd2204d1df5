"""What arrives in a list while its visitor reads further down."""

from collections.abc import Awaitable, Callable

from webapp.app.components.sentinel import Sight
from webapp.app.kit.elements import Button, El, plural


class Arrivals(El):
    """Holds ids back until the visitor asks for them, or is at the top again."""

    def __init__(self, on_show: Callable[[], Awaitable[None]]) -> None:
        super().__init__("div", "m-arrivals", role="status")
        self.ids: set[str] = set()
        self.is_away = False
        self._on_show = on_show
        with self:
            self.sight = Sight("0px 0px 9999px 0px", self._moved)
            self._button = Button("", self._press, kind="solid", glyph="plus").classes("m-arrived")
        self._draw()

    def hold(self, arrived: str) -> None:
        """Count one more."""
        self.ids.add(arrived)
        self._draw()

    def take(self) -> list[str]:
        """Return what was held, and hold nothing."""
        taken = sorted(self.ids)
        self.ids.clear()
        self._draw()
        return taken

    def _draw(self) -> None:
        self._button.set_text(f"Show {plural(len(self.ids), 'new moment')}")
        self._button.set_visibility(bool(self.ids))

    async def _press(self) -> None:
        self.run_method("scrollIntoView", {"block": "end"})  # it is at the top of the page
        await self._on_show()

    async def _moved(self, is_here: bool) -> None:  # noqa: FBT001 (what the browser says)
        self.is_away = not is_here
        if self.ids and is_here:
            await self._on_show()
