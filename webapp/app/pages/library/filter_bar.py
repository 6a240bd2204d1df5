"""The library's head: search, kinds, filters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, Final

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from domain.moments.models import Count, Facet, Facets, Kind
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.menu_chip import MenuChip
from webapp.app.kit.elements import Button, El, Icon
from webapp.app.pages.library.days import Ends, ask_for_days, words_of
from webapp.app.pages.library.state import KINDS, STATUS, WITHIN, Filters
from webapp.app.shell import SignedInPage

_CHIPS: Final = (
    ("sources", "Stream", "live"),
    ("branch", "Branch", "branch"),
    ("vm", "VM", "screen"),
    ("tags", "Tag", "tag"),
    ("person", "Person", "people"),
    ("status", "Status", "clock"),
)
_SEVERAL: Final = frozenset({"sources", "tags"})
_OLDEST: Final = "oldest"
_DAYS: Final = "days"


class FilterBar:
    """Shows filters; `on_change` gets the ones that the visitor chose."""

    def __init__(
        self,
        page: SignedInPage,
        filters: Filters,
        on_change: Callable[[Filters], Awaitable[None]],
    ) -> None:
        self._page, self._filters = page, filters
        self._on_change = on_change
        self._zone: tzinfo = UTC  # the browser tells it late
        with El("div", "m-row m-lhead"):
            El("h1", text="Library")
            self._search = self._draw_search()
            El("span", "m-grow m-desk")
            self._bin = Button("Bin", self._toggle_bin, kind="quiet", glyph="trash")
            self.acts = El("span", "m-row")  # for the page's own buttons
        self._kinds = ChoiceChips("Kind", (("", "All", ""), *KINDS), self._choose_kind)
        self._kinds.count({})
        with El("div", "m-chips m-lfilters", role="group", aria_label="Filters"):
            self._date = MenuChip("Date", "calendar", self._choose_date)
            self._chips = {
                name: MenuChip(label, glyph, partial(self._choose, name))
                for name, label, glyph in _CHIPS
            }
            self._sort = MenuChip("Sort", "sort", self._choose_order)
            self._clear = Button("Clear", self.clear, kind="quiet").classes("m-clear")
        within = [(key, label, 0) for key, (label, _) in WITHIN.items()]
        self._date.offer([*within, ("", "-", 0), (_DAYS, "Between two days…", 0)])
        self._sort.offer([("", "Newest first", 0), (_OLDEST, "Oldest first", 0)])
        self._chips["status"].offer((key, label, 0) for key, label in STATUS.items())
        self.draw(filters)

    def draw(self, filters: Filters) -> None:
        """Show these filters."""
        self._filters = filters
        if self._search.value != filters.q:
            self._search.set_value(filters.q)
        self._kinds.show(filters.kind or "")
        for name, chip in self._chips.items():
            chip.show(getattr(filters, name))
        self._date.show(filters.within or words_of((filters.start, filters.end), self._zone))
        self._sort.show(_OLDEST if filters.is_oldest_first else "")
        self._clear.set_visibility(filters != self._cleared())
        self._bin.set_text("Leave the bin" if filters.is_deleted else "Bin")

    def set_zone(self, zone: tzinfo) -> None:
        """Take the viewer's time zone."""
        self._zone = zone
        self.draw(self._filters)

    def _cleared(self) -> Filters:
        kept = self._filters
        return replace(
            Filters(),
            kind=kept.kind,
            is_deleted=kept.is_deleted,
            is_oldest_first=kept.is_oldest_first,
        )

    def offer(self, facets: Facets) -> None:
        """Offer the values that the organisation's moments have."""
        for name, values in (
            ("sources", facets.sources),
            ("branch", facets.branches),
            ("vm", facets.vms),
            ("tags", facets.tags),
            ("person", facets.people),
        ):
            self._chips[name].offer(map(_option, values))

    def count(self, total: Count, kinds: Mapping[Kind, Count]) -> None:
        """Say how many moments there are to search, and of each kind."""
        about = "about " if total.is_estimate else ""
        noun = "moment" if total.value == 1 else "moments"
        self._found.text = f"{about}{total.value:,} {noun}"
        shown: dict[str, tuple[int, bool]] = {}
        if kinds:
            is_estimate = any(each.is_estimate for each in kinds.values())
            shown[""] = (sum(each.value for each in kinds.values()), is_estimate)
        shown |= {kind: (each.value, each.is_estimate) for kind, each in kinds.items()}
        self._kinds.count(shown)

    async def clear(self) -> None:
        """Remove all filters but the kind."""
        await self._on_change(self._cleared())

    def _draw_search(self) -> ui.input:
        search = ui.input(placeholder="Search", on_change=self._searched)
        search.props("borderless dense debounce=250 type=search maxlength=200")
        search.props["aria-label"] = "Search the library"
        search.classes("m-qinput m-lsearch")
        with search.add_slot("prepend"):
            Icon("search")
        with search.add_slot("append"):
            self._found = El("span", "m-3 m-sm m-desk")
            El("kbd", "m-desk", "F", aria_hidden="true")
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
        if name in _SEVERAL:
            chosen: tuple[str, ...] = getattr(self._filters, name)
            kept = tuple(each for each in chosen if each != value)
            changes[name] = kept if len(kept) < len(chosen) else (*chosen, value)
        await self._on_change(replace(self._filters, **changes))

    async def _choose_date(self, value: str) -> None:
        if value == _DAYS:
            ask_for_days(self._page, self._zone, self._choose_days)
        else:
            within = value if value in WITHIN else ""
            await self._on_change(replace(self._filters, within=within, start=None, end=None))

    async def _choose_days(self, ends: Ends) -> None:
        start, end = ends
        await self._on_change(replace(self._filters, within="", start=start, end=end))

    async def _choose_order(self, order: str) -> None:
        await self._on_change(replace(self._filters, is_oldest_first=order == _OLDEST))

    async def _toggle_bin(self) -> None:
        await self._on_change(Filters(is_deleted=not self._filters.is_deleted))


def _option(facet: Facet) -> tuple[str, str, int]:
    return facet.value, facet.label, facet.count
