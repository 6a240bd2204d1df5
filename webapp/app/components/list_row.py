"""A row of a list: one element, drawn from one prop; says what was pressed by one event."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.app.kit.elements import El

Act = Callable[[str, str, str], Awaitable[None]]  # a row's id, what was pressed, its value
Look = Literal["plain", "okw", "warnw", "badw", "icew", "live"]


@dataclass(frozen=True, slots=True)
class When:
    """An instant in a row's second line: the browser knows the viewer's time zone."""

    before: str
    at: str  # ISO 8601
    how: Literal["date", "ago", "time"] = "date"

    @property
    def instant(self) -> datetime:
        """The instant itself."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or an entry of the row's menu; with `href` it is a link."""

    name: str
    label: str
    glyph: str = ""
    href: str | None = None
    is_danger: bool = False
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of one: values with their labels."""

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Pipe:
    """The stages of long work as bars in a row, with words and figures below them."""

    bars: Sequence[tuple[Literal["", "run", "done", "fail"], int]]  # and how far each is, in %
    label: str
    words: str
    tail: str | When = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class RowItem:
    """What a row shows."""

    id: str
    title: str
    note: str = ""  # beside the title
    meta: Sequence[str | When] = ()
    glyph: str = ""
    letters: str = ""  # of an avatar
    picture: str | None = None  # an empty one keeps its place
    blank: str = "video"  # the glyph in that place
    figure: str = ""  # over the picture
    href: str | None = None
    badge: tuple[Look, str] | None = None
    since: When | None = None  # at the end; left out on phones
    choice: Choice | None = None
    copies: tuple[str, str] | None = None  # a text, and the label of the button that copies it
    progress: tuple[float, float] | None = None  # seconds in all, and gone; of 0: unknown
    pipe: Pipe | None = None
    buttons: Sequence[Press] = ()
    menu: Sequence[Press] = ()
    is_picked: bool = False


class ListRow(ui.element, component="list_row.js"):
    """One row."""

    def __init__(self, item: RowItem, on_act: Act) -> None:
        super().__init__()
        self.item = item
        self._props["item"] = item

        async def act(event: GenericEventArguments) -> None:
            what, value = (*map(str, event.args), "", "")[:2] if event.args else ("", "")
            await on_act(self.item.id, what, value)

        self.on("act", act)

    def draw(self, item: RowItem) -> None:
        """Draw it as it is now, also where the browser shows a choice that was refused."""
        self.item = item
        self._props["item"] = item

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        item = self.item
        texts = [part if isinstance(part, str) else part.before for part in item.meta]
        badge = [item.badge[1]] if item.badge else []
        pipe = [item.pipe.words] if item.pipe else []
        seen = [item.title, item.note, *texts, *badge, *pipe]
        return [*super()._displayed_contents(only_visible=only_visible), *seen]


class RowList(El):
    """A list whose rows stay in place when it is shown again."""

    def __init__(self, on_act: Act, *, none: str) -> None:
        super().__init__("ul", "m-glass m-list")
        self._on_act, self.none = on_act, none
        self.rows: dict[str, ListRow] = {}

    def show(self, items: Sequence[RowItem]) -> None:
        """Show these rows."""
        wanted = {item.id: item for item in items}
        if not wanted or not self.rows:
            self.clear()
            self.rows.clear()
        for gone in self.rows.keys() - wanted:
            self.rows.pop(gone).delete()
        for place, item in enumerate(wanted.values()):
            self._put(place, item)
        if not wanted:
            with self:
                El("li", "m-none m-2", self.none)

    def _put(self, place: int, item: RowItem) -> None:
        row = self.rows.get(item.id)
        if row is not None:
            row.draw(item)
            return
        with self:
            self.rows[item.id] = ListRow(item, self._on_act)
        self.rows[item.id].move(target_index=place)
