"""A moment's card: one element, one prop, one event."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.moments.models import Kind

Act = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CardItem:
    """What a card shows. Instants are ISO 8601: the browser knows the viewer's time zone."""

    id: str
    kind: Kind
    title: str
    href: str
    created_at: str
    kept_until: str | None = None  # in the bin
    origin: str = ""
    who: str = ""
    words: str = ""  # instead of a picture
    files: int = 0
    saved_by: int = 0  # how many people saved the same part
    start_s: int | None = None
    end_s: int | None = None
    length_s: int | None = None  # of what start and end are in
    picture: str | None = None
    status: Literal["ready", "recording", "processing", "failed"] = "ready"
    why: str | None = None
    may_retry: bool = False
    capture: str | None = None  # its clip's or snapshot's id
    starts_at: str | None = None
    ends_at: str | None = None
    figure: str = ""  # its length, place or size


class MomentCard(ui.element, component="moment_card.js"):
    """A card; `on_act` gets what was pressed (select, range, delete, …) and the moment's id."""

    def __init__(self, item: CardItem, on_act: Act, *, readonly: bool) -> None:
        super().__init__()
        self.item = item
        with self._props.suspend_updates():
            self._props["item"] = item
            if readonly:
                self._props["readonly"] = True

        async def act(event: GenericEventArguments) -> None:
            await on_act(str(event.args), self.item.id)

        self.on("act", act)

    def draw(self, item: CardItem) -> None:
        """Draw it as it is now."""
        self.item = item
        self._set("item", item)

    def pick(self, *, picked: bool) -> None:
        """Show whether it is selected."""
        self._set("picked", picked or None)

    def follow(self, previous: str | None) -> None:
        """Tell the instant of the card before it: a card that begins a day says which."""
        self._set("previous", previous)

    def begin_day(self, count: str | None) -> None:
        """Show how many moments its day has, in words."""
        self._set("dayCount", count)

    def mark_new(self) -> None:
        """Show that it has just arrived."""
        self._set("fresh", True)  # noqa: FBT003 (a prop's value)

    def _set(self, name: str, value: object) -> None:
        if self._props.get(name) != value:
            self._props.set_optional(name, value)

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        return [*super()._displayed_contents(only_visible=only_visible), self.item.title]
