"""A panel below a button of the bar."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from webapp.app.components.list_row import Act as ActOnRow
from webapp.app.components.list_row import RowItem, RowList
from webapp.app.kit.elements import Button, El

Act: TypeAlias = Callable[..., Awaitable[bool]]  # a page's `act`


class Panel(El):
    """The button and its panel of rows, which is drawn when it first opens.

    `on_open` is called each time that it opens, `foot` draws what stands below the rows.
    """

    def __init__(
        self,
        title: str,
        on_open: Callable[[], Awaitable[None]],
        *,
        none: str,
        foot: Callable[[], object],
        on_act: ActOnRow | None = None,
    ) -> None:
        super().__init__(
            "button", "m-barbtn", type="button", aria_haspopup="dialog", aria_label=title
        )
        self._title, self._none, self._foot = title, none, foot
        self._on_open, self._on_act = on_open, on_act or _nothing
        self._note = ""
        self._rows: RowList | None = None
        with self, ui.menu().props(':offset="[0, 8]"').classes("m-panel") as self._menu:
            self._menu.props('anchor="bottom right" self="top right" transition-duration=120')
            self._menu.props["role"] = "dialog"
            self._menu.props["aria-label"] = title
        self._menu.on_value_change(self._changed)
        self.attribute("aria-expanded", "false")

    def say(self, label: str, note: str) -> None:
        """Set the button's name, and what stands beside the panel's title."""
        self.attribute("aria-label", label)
        self._note = note
        if self._rows is not None:
            self._beside.text = note

    @property
    def is_open(self) -> bool:
        """Whether the panel is seen."""
        return bool(self._menu.value)

    @property
    def items(self) -> dict[str, RowItem]:
        """What its rows show."""
        rows = self._rows.rows if self._rows else {}
        return {row_id: row.item for row_id, row in rows.items()}

    def show(self, items: list[RowItem]) -> None:
        """Show these rows."""
        if self._rows is None:
            self._build()
        if self._rows is not None:
            self._rows.show(items)

    def _build(self) -> None:
        with self._menu:
            with El("div", "m-row m-panelhead"):
                El("h2", text=self._title)
                self._beside = El("span", "m-grow m-sm m-3", self._note)
                close = Button("", self._menu.close, kind="quiet", glyph="close", label="Close")
                close.classes("m-icon")
            self._rows = RowList(self._on_act, none=self._none)
            self._rows.classes(remove="m-glass")
            with El("div", "m-panelfoot"):
                self._foot()

    async def _changed(self, event: ValueChangeEventArguments[bool]) -> None:
        self.attribute("aria-expanded", "true" if event.value else "false")
        if event.value:
            await self._on_open()


async def _nothing(_id: str, _what: str, _value: str) -> None:
    """Rows that only lead somewhere."""
