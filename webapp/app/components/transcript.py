"""The lines of a transcript: one element, which follows the player and is searched by itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


@dataclass(frozen=True, slots=True)
class Said:
    """A line; `voice` is the row of who says it."""

    number: int
    start_ms: int
    end_ms: int
    text: str
    who: str = ""
    voice: int = 0
    emotion: str = ""
    sure: str = ""
    words: Sequence[int] = ()  # when each of its words begins


class TranscriptLines(ui.element, component="transcript.js"):
    """Calls `on_edit` with the number of a line that is to be corrected."""

    def __init__(
        self,
        on_edit: Callable[[int], Awaitable[None]],
        *,
        editable: bool,
        has_search: bool = True,
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"lines": [], "editable": editable, "part": None})
            self._props["hasSearch"] = has_search

        async def edit(event: GenericEventArguments) -> None:
            if isinstance(event.args, int):
                await on_edit(event.args)

        self.on("edit", edit)

    def show(self, lines: Sequence[Said]) -> None:
        """Show these lines."""
        if self._props["lines"] != list(lines):
            self._props["lines"] = list(lines)

    def show_part(self, part: tuple[int, int] | None) -> None:
        """Show which lines are in the chosen part, in milliseconds."""
        self._props["part"] = part

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        said: Sequence[Said] = self._props["lines"]
        seen = [text for each in said for text in (each.who, each.text)]
        return [*super()._displayed_contents(only_visible=only_visible), *seen]
