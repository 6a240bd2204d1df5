"""A moment's files in a row; a press chooses one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


@dataclass(frozen=True, slots=True)
class StripItem:
    """A file: its small picture, or a drawing with its name; a figure lies over the picture."""

    id: str
    name: str
    glyph: str
    picture: str | None = None
    figure: str = ""


class FileStrip(ui.element, component="file_strip.js"):
    """Calls `on_choose` with the id of the pressed file."""

    def __init__(
        self, items: Sequence[StripItem], chosen: str, on_choose: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__()
        self.items = items
        with self._props.suspend_updates():
            self._props.update({"items": [asdict(item) for item in items], "chosen": chosen})

        async def choose(event: GenericEventArguments) -> None:
            await on_choose(str(event.args or ""))

        self.on("choose", choose)

    def show(self, chosen: str) -> None:
        """Show which file is chosen."""
        self._props["chosen"] = chosen

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        names = [item.name for item in self.items]
        return [*super()._displayed_contents(only_visible=only_visible), *names]
