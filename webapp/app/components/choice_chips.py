"""A choice of one as chips: one element, where Quasar's toggle would be one for each."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from nicegui import ui
from nicegui.events import GenericEventArguments


class ChoiceChips(ui.element, component="choice_chips.js"):
    """Calls `on_choose` with the value of a pressed chip; options are value, label and drawing."""

    def __init__(
        self,
        label: str,
        options: Iterable[tuple[str, str, str]],
        on_choose: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._props["label"] = label
        self.offer(options)

        async def choose(event: GenericEventArguments) -> None:
            await on_choose(str(event.args or ""))

        self.on("choose", choose)

    def offer(self, options: Iterable[tuple[str, str, str]]) -> None:
        """Offer these values."""
        self._props["options"] = tuple(
            {"value": value, "label": text, "glyph": glyph} for value, text, glyph in options
        )

    def show(self, value: str) -> None:
        """Show the chosen value."""
        if self._props.get("value") != value:
            self._props["value"] = value

    def count(self, counts: Mapping[str, tuple[int, bool]]) -> None:
        """Show how many there are of each, and whether that is an estimate."""
        self._props["counts"] = dict(counts)
