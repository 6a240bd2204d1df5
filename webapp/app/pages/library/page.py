"""The library page: one list of all moments, and what filters it."""

from dataclasses import replace
from typing import Final

from nicegui import ui

from domain.infra.events import Event
from webapp.app.components.address import Address
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.kit.elements import Button, El, link, plural
from webapp.app.modules import preload_pictures
from webapp.app.pages.library.filter_bar import FilterBar
from webapp.app.pages.library.moment_capture import MomentCapture
from webapp.app.pages.library.moments_list import MomentsList
from webapp.app.pages.library.state import Filters
from webapp.app.shell import SignedInPage
from webapp.pages.theme import render

_SEEN_FIRST: Final = 12  # cards


class LibraryPage(SignedInPage):
    """One open library."""

    title = "Library"
    current = "library"
    sheets = ("captures", "library")
    hears = ("moment", "clip", "snapshot", "video")

    async def build(self) -> None:
        """Draw the head and the first page of moments."""
        filters = await self._filters(self.request.url.query)
        self._address = Address(self._moved)
        with El("div", "m-page m-library"):
            self.bar = FilterBar(self, filters, self.change)
            self.list = MomentsList(
                self, filters, on_count=self.bar.count, on_empty=self._say_empty
            )
        self.list.days.on_zone = self.bar.set_zone
        self.list.doing.on_tag = self._learn
        self.capture = MomentCapture(self)
        self.keys = Shortcuts()
        self.keys.focus("f", "Filter by words", ".m-lsearch input")
        with self.bar.acts:
            link("Collections", "/collections", "m-btn m-quiet m-desk", "library")
        if self.me["may_capture"]:
            with self.bar.acts:
                link("Mark a link", "/mark", "m-btn m-marklink", "mark")
                with Button("New moment", self.capture.open, kind="primary", glyph="plus"):
                    El("kbd", "m-desk", "N", aria_hidden="true")
            self.keys.open("k", "Mark a part of a song or video", "/mark")
            self.keys.call("n", "New moment", self.capture.open)
            self.keys.call("a", "Select all", self._select_all)
            self.keys.call("Escape", "Clear the selection", self.list.bulk.clear)
        await self.list.reload()
        ui.add_head_html(preload_pictures(self.list.grid.pictures()[:_SEEN_FIRST]))
        if filters.sources or filters.person or filters.vm:
            await self._learn()  # the chips show names
        self.client.on_connect(self._offer)

    @property
    def address(self) -> str:
        """The address with the present filters."""
        return self.list.filters.address()

    async def _offer(self) -> None:
        """Read what the page does not wait for: the filters' values, and the counts."""
        await self.act(self._learn)
        await self.act(self.list.count)

    async def _learn(self) -> None:
        self.bar.offer(await self.services.moments.facets(self.caller))

    async def change(self, filters: Filters) -> None:
        """Show something else, and say so in the address; typing adds no step to the history."""
        before = self.list.filters
        is_typing = filters.q != before.q and bool(before.q)
        self._address.show(filters.address(), replace=is_typing)
        await self._show(filters)

    async def _moved(self, query: str) -> None:
        await self._show(await self._filters(query))

    async def _filters(self, query: str) -> Filters:
        """Read an address; a track that became a part of another one is that one."""
        found = Filters.from_query(query)
        if not found.sources:
            return found
        return replace(found, sources=tuple(await self.services.tracks.present(found.sources)))

    async def _show(self, filters: Filters) -> None:
        self.bar.draw(filters)
        await self.list.show(filters)

    async def _select_all(self) -> None:
        await self.act(self.list.select_all, once="all")

    def _say_empty(self) -> None:
        filters = self.list.filters
        is_first = filters == Filters()
        El("span", "m-glyph", innerHTML=render("empty-art.html", found=is_first))
        if filters.is_deleted:
            days = plural(self.services.settings.retention_days, "day")
            El("h2", text="The bin is empty")
            El("p", text=f"Deleted moments stay here for {days}.")
        elif not is_first:
            El("h2", text="No matches")
            El("p", text="No moment matches all of these filters.")
            Button("Show all moments", lambda: self.change(Filters()), kind="solid")
        else:
            El("h2", text="No moments yet")
            El("p", text="Open a stream and take a snapshot or a clip, or add files of your own.")
            link("Watch live", "/live", "m-btn m-solid m-big", "live")
            with El("p", "m-row m-emptykeys m-desk", aria_hidden="true"):
                for key, label in (("S", "Snapshot"), ("C", "Clip"), ("?", "All keys")):
                    El("kbd", text=key)
                    El("span", text=label)

    # What happens

    async def hear(self, event: Event) -> None:
        """Show what was created, changed or deleted, here or elsewhere."""
        await self.list.hear(event)
        await self.capture.hear(event)

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        await self.list.reload()
        await self.list.count()
