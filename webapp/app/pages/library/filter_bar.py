"""The library's head: search, kinds, filters."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from domain.moments.models import Count, Facet, Facets
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.menu_chip import MenuChip
from webapp.app.kit.elements import Button, El, Icon
from webapp.app.pages.library.state import KINDS, WITHIN, Filters

_CHIPS = (
    ("within", "Date", "calendar"),
    ("source", "Stream", "live"),
    ("branch", "Branch", "branch"),
    ("tag", "Tag", "tag"),
    ("person", "Person", "people"),
)


class FilterBar:
    """Shows filters; `on_change` gets the ones that the visitor chose."""

    def __init__(self, filters: Filters, on_change: Callable[[Filters], Awaitable[None]]) -> None:
        self._filters = filters
        self._on_change = on_change
        with El("div", "m-row m-lhead"):
            El("h1", text="Library")
            self._search = self._draw_search()
            El("span", "m-grow m-desk")
            self._bin = Button("Bin", self._toggle_bin, kind="quiet", glyph="trash")
        self._kinds = ChoiceChips("Kind", (("", "All", ""), *KINDS), self._choose_kind)
        with El("div", "m-chips m-lfilters", role="group", aria_label="Filters"):
            self._chips = {
                name: MenuChip(label, glyph, partial(self._choose, name))
                for name, label, glyph in _CHIPS
            }
            self._clear = Button("Clear", self.clear, kind="quiet").classes("m-clear")
        self._chips["within"].offer((key, label, 0) for key, (label, _) in WITHIN.items())
        self.draw(filters)

    def draw(self, filters: Filters) -> None:
        """Show these filters."""
        self._filters = filters
        if self._search.value != filters.q:
            self._search.set_value(filters.q)
        self._kinds.show(filters.kind or "")
        for name, chip in self._chips.items():
            chip.show(getattr(filters, name))
        cleared = replace(Filters(), kind=filters.kind, is_deleted=filters.is_deleted)
        self._clear.set_visibility(filters != cleared)
        self._bin.set_text("Leave the bin" if filters.is_deleted else "Bin")

    def offer(self, facets: Facets) -> None:
        """Offer the values that the organisation's moments have."""
        for name, values in (
            ("source", facets.sources),
            ("branch", facets.branches),
            ("tag", facets.tags),
            ("person", facets.people),
        ):
            self._chips[name].offer(map(_option, values))

    def count(self, total: Count) -> None:
        """Say how many moments there are to search."""
        about = "about " if total.is_estimate else ""
        noun = "moment" if total.value == 1 else "moments"
        self._search.props["placeholder"] = f"Search {about}{total.value:,} {noun}"

    async def clear(self) -> None:
        """Remove all filters but the kind."""
        kept = self._filters
        await self._on_change(replace(Filters(), kind=kept.kind, is_deleted=kept.is_deleted))

    def _draw_search(self) -> ui.input:
        search = ui.input(placeholder="Search", on_change=self._searched)
        search.props("borderless dense debounce=250 type=search maxlength=200")
        search.props["aria-label"] = "Search the library"
        search.classes("m-qinput m-lsearch")
        with search.add_slot("prepend"):
            Icon("search")
        return search

    async def _choose_kind(self, kind: str) -> None:
        known = {each for each, _, _ in KINDS}
        chosen = kind if kind in known else None
        await self._on_change(replace(self._filters, kind=chosen))

    async def _searched(self, event: ValueChangeEventArguments[Any]) -> None:
        words = str(event.value or "")[:200]
        if words != self._filters.q:
            await self._on_change(replace(self._filters, q=words))

    async def _choose(self, name: str, value: str) -> None:
        changes: dict[str, Any] = {name: value}
        if name == "within":
            changes |= {"start": None, "end": None}
        await self._on_change(replace(self._filters, **changes))

    async def _toggle_bin(self) -> None:
        await self._on_change(Filters(is_deleted=not self._filters.is_deleted))


def _option(facet: Facet) -> tuple[str, str, int]:
    return facet.value, facet.label, facet.count
