"""A moment's card: one element, one prop, one event."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

Act = Callable[[str, str], Awaitable[None]]


class MomentCard(ui.element, component="moment_card.js"):
    """A card; `on_act` gets what was pressed (open, select, range, delete, …) and the moment."""

    def __init__(self, item: Mapping[str, Any], on_act: Act, *, readonly: bool) -> None:
        super().__init__()
        self.item = dict(item)
        with self._props.suspend_updates():
            self._props.update(
                {"item": self.item, "previous": None, "picked": False, "readonly": readonly}
            )

        async def act(event: GenericEventArguments) -> None:
            await on_act(str(event.args), str(self.item["id"]))

        self.on("act", act)

    def draw(self, item: Mapping[str, Any]) -> None:
        """Draw it as it is now."""
        self.item = dict(item)
        self._set("item", self.item)

    def pick(self, *, picked: bool) -> None:
        """Show whether it is selected."""
        self._set("picked", picked)

    def follow(self, previous: str | None) -> None:
        """Tell the instant of the card before it: a card that begins a day says which."""
        self._set("previous", previous)

    def mark_new(self) -> None:
        """Show that it has just arrived."""
        self._set("fresh", True)  # noqa: FBT003 (a prop's value)

    def _set(self, name: str, value: object) -> None:
        if self._props.get(name) != value:
            self._props[name] = value

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        return [*super()._displayed_contents(only_visible=only_visible), self.item["title"]]
