"""The search page: what was found, in groups, and how to narrow it down."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from nicegui import ui

from domain.core.time import clock_text, isoformat
from domain.moments.models import Cover
from domain.search.models import Found, Hit, Match
from webapp.app.bar.search import covers_of
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.search_hits import Group, Result, SearchHits
from webapp.app.kit.elements import El
from webapp.app.kit.hits import GROUPS, group_of, grouped, pieces_of, title_of
from webapp.app.kit.in_order import in_order
from webapp.app.pages.search.facets import FacetChips, narrowed
from webapp.app.pages.search.kept import KeptList
from webapp.app.pages.search.state import MATCHES, MOST, WITHIN, Wanted
from webapp.app.shell import SignedInPage

_FEW: Final = 3  # of each group, where there are several
_HELP: Final = "Search looks through moments, what is said in videos, chats and tracks."


class SearchPage(SignedInPage):
    """One open search."""

    title = "Search"
    current = ""
    sheets = ("captures", "library", "search")

    async def build(self) -> None:
        """Draw the frame, then look."""
        self.wanted = Wanted.from_query(self.request.url.query)
        self.found = Found((), "meaning")
        self._covers: dict[str, Cover] = {}
        self._has_begun = False
        self._took_s = 0.0
        with El("div", "m-page m-searchpage"):
            with El("div"):
                self._draw_field()
                self.kinds = ChoiceChips("Kind", [], self._choose_group)
                self._reason = El("p", "m-sm m-2", role="status")
                self.hits = SearchHits(self._choose_group)
                self._none = El("p", "m-none m-2")
            with El("aside", "m-narrow", aria_label="Narrow down"):
                self._draw_narrowing()
        self._about.text = "Searching…" if self.wanted.q else ""
        self.client.on_connect(self._begin)

    async def _begin(self) -> None:
        """Look once the page is there: the model may have to start first."""
        if not self._has_begun:
            self._has_begun = True
            await self.act(self.kept.refresh)
            await self.act(self.look)

    def _draw_field(self) -> None:
        with El("form", "m-row m-searchhead", action="/search", role="search"):
            field = El("input", "m-input m-grow", type="search", name="q", maxlength=200)
            field.attribute("aria-label", "Search everything").attribute("value", self.wanted.q)
            El("button", "m-btn m-solid", "Search", type="submit")
            self._about = El("span", "m-3", role="status")
        El("h1", "m-vh", f"“{self.wanted.q}”" if self.wanted.q else "Search")

    def _draw_narrowing(self) -> None:
        El("h2", text="Match")
        match = ui.toggle(dict(MATCHES), value=self.wanted.match)
        match.on_value_change(lambda event: self._choose_match(event.value))
        match.props("unelevated no-caps spread :ripple=false")
        match.props("toggle-color=mseg toggle-text-color=mseg").classes("m-qseg")
        match.props["aria-label"] = "Match"
        El("h2", text="When")
        within = [("", "Any time", ""), *((key, each[0], "") for key, each in WITHIN.items())]
        self.within = ChoiceChips("When", within, self._choose_within)
        self.facets = FacetChips(self._choose)
        self.kept = KeptList(self, self.wanted.q)

    # What is shown

    @in_order
    async def look(self) -> None:
        """Search, and show what was found."""
        if not self.wanted.q:
            self._none.text = _HELP
            self._show_choices({}, [])
            return
        began = time.perf_counter()
        query = self.wanted.query(self.services.clock.now())
        self.found = await self.services.search.find(self.caller, query)
        self._covers = await covers_of(self.services, self.caller, self.found)
        self._took_s = time.perf_counter() - began
        self.draw()

    def draw(self) -> None:
        """Show what was found, as it is narrowed."""
        hits = self.found.hits
        left = narrowed(hits, self.wanted)
        groups = grouped(left)
        chosen = {key: groups[key] for key in groups if self.wanted.group in ("", key)}
        self.hits.show(
            [self._group(key, each, is_alone=len(chosen) == 1) for key, each in chosen.items()]
        )
        count = "100 or more" if len(left) >= MOST else str(len(left))
        self._about.text = f"{count} found in {self._took_s:.1f} s"
        self._reason.text = self.found.reason or ""
        self._none.text = "" if chosen else "No matches. Try other words, or a wider time."
        self._show_choices({"": len(left)} | {key: len(each) for key, each in groups.items()}, hits)

    def _show_choices(self, counts: dict[str, int], hits: Sequence[Hit]) -> None:
        found = [key for key in GROUPS if counts.get(key) or key == self.wanted.group]
        self.kinds.offer([("", "All", ""), *((key, *GROUPS[key][1:]) for key in found)])
        self.kinds.show(self.wanted.group)
        self.kinds.count({key: (counts.get(key, 0), False) for key in ("", *found)})
        self.within.show(self.wanted.within)
        self.facets.show(hits, self.wanted)

    def _group(self, key: str, hits: Sequence[Hit], *, is_alone: bool) -> Group:
        label, _, glyph = GROUPS[key]
        shown = hits if is_alone else hits[:_FEW]
        more = len(hits) if len(hits) > len(shown) else 0
        return Group(key, label, glyph, [self._result(hit) for hit in shown], more)

    def _result(self, hit: Hit) -> Result:
        has_time = hit.start_s is not None and group_of(hit) != "moments"
        return Result(
            href=hit.href,
            title=title_of(hit, self.wanted.q),
            pieces=[] if hit.text == hit.title else pieces_of(hit),
            created=isoformat(hit.created_at),
            author=hit.author if hit.kind in ("line", "message") else "",
            at=clock_text(round(hit.start_s)) if has_time and hit.start_s is not None else "",
            is_meant=hit.match == "meaning",
            picture=self._covers.get(hit.moment_id or "", Cover()).picture_url,
        )

    # What is chosen

    async def _choose_group(self, key: str) -> None:
        if key in ("", *GROUPS):
            self._go(group=key)
            self.draw()

    async def _choose(self, facet: str, value: str) -> None:
        self._go(**{facet: value})
        self.draw()

    async def _choose_within(self, value: str) -> None:
        if value in ("", *WITHIN):
            self._go(within=value)
            await self.act(self.look)

    async def _choose_match(self, value: object) -> None:
        match: Match = "words" if value == "words" else "meaning"
        if match != self.wanted.match:
            self._go(match=match)
            await self.act(self.look)

    def _go(self, **values: Any) -> None:  # noqa: ANN401 (fields of `Wanted`)
        self.wanted = replace(self.wanted, **values)
        ui.navigate.history.replace(self.wanted.address)
