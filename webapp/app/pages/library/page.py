"""The library page: one list of all moments, read as one scrolls, kept fresh by events."""

from dataclasses import replace

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import Count, Cursor, MomentPage
from domain.sharing.models import NewShare
from webapp.app.components.address import Address
from webapp.app.components.arrivals import Arrivals
from webapp.app.components.moment_card import CardItem
from webapp.app.components.sentinel import Sentinel
from webapp.app.kit.elements import Button, El, link, plural
from webapp.app.pages.library.bulk_bar import BulkBar, ask_for_tag, show_link
from webapp.app.pages.library.cards import Cards
from webapp.app.pages.library.filter_bar import FilterBar
from webapp.app.pages.library.moment_list import MomentList
from webapp.app.pages.library.state import PAGE, Filters
from webapp.app.shell import SignedInPage


class LibraryPage(SignedInPage):
    """One open library."""

    title = "Library"
    current = "library"
    sheets = ("gallery", "library")
    hears = ("moment", "clip", "snapshot")

    async def build(self) -> None:
        """Draw the head and the first page of moments."""
        self.filters = Filters.from_query(self.request.url.query)
        self.readonly = not self.me["may_capture"]
        self.cards = Cards(self.services, self.caller)
        self.after: Cursor | None = None  # where the next page begins; None: there is none
        self._last_picked = ""
        self._reading = 0
        self._total = Count(0)
        self._address = Address(self._moved)
        with El("div", "m-page m-library") as self._root:
            self.bar = FilterBar(self.filters, self.change)
            self.arrivals = Arrivals(self.show_arrived)
            self.list = MomentList(self.do, readonly=self.readonly)
            self.empty = El("div")
            self.sentinel = Sentinel(self.more)
            self.status = El("div", "m-vh", role="status", aria_live="polite")
        self.bulk = BulkBar(self._picked, self.do_many)
        self.bulk.show_for(is_bin=self.filters.is_deleted)
        await self.reload()
        if self.filters.source or self.filters.person:
            await self._learn()  # the chips show names
        else:
            self.client.on_connect(self._offer)

    @property
    def address(self) -> str:
        """The address with the present filters."""
        return self.filters.address()

    async def _offer(self) -> None:
        await self.act(self._learn)

    async def _learn(self) -> None:
        self.bar.offer(await self.services.moments.facets(self.caller))

    # What is shown

    async def change(self, filters: Filters) -> None:
        """Show something else, and say so in the address; typing adds no step to the history."""
        is_typing = filters.q != self.filters.q and bool(self.filters.q)
        self._address.show(filters.address(), replace=is_typing)
        await self._show(filters)

    async def _moved(self, query: str) -> None:
        await self._show(Filters.from_query(query))

    async def _show(self, filters: Filters) -> None:
        self.filters = filters
        self.bar.draw(filters)
        self.bulk.clear()
        self.bulk.show_for(is_bin=filters.is_deleted)
        await self.act(self.reload)

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        await self.reload()

    async def reload(self) -> None:
        """Read the first page anew; an older reading that ends later shows nothing."""
        self._reading += 1
        reading = self._reading
        page, items = await self._read(None)
        if reading != self._reading:
            return
        self.list.clear()
        self.arrivals.take()
        for item in items:
            self.list.put(item)
        self._total = page.total
        self._settle()
        self._say_total(page.total)

    async def more(self) -> None:
        """Read the next page, near the end."""
        if self.after is not None:
            await self.act(self._more, once="more")

    async def _more(self) -> None:
        reading = self._reading
        _, items = await self._read(self.after)
        if reading == self._reading:
            for item in items:
                self.list.put(item)
            self._settle()

    async def _read(self, after: Cursor | None) -> tuple[MomentPage, list[CardItem]]:
        now = self.services.clock.now()
        filters = self.filters
        page = await self.services.moments.list(self.caller, filters.wanted(now, after=after))
        items = await self.cards.of(page.items, filters)
        if filters is self.filters:
            last = page.items[-1] if len(page.items) == PAGE else None
            self.after = Cursor(last.created_at, last.id) if last else None
        return page, items

    def _settle(self) -> None:
        """Bring what surrounds the list in line with it."""
        self.bar.count(self._total)
        self.sentinel.again()
        self.empty.clear()
        if len(self.list):
            return
        with self.empty, El("div", "m-empty"):
            self._say_empty()

    def _say_empty(self) -> None:
        if self.filters.is_deleted:
            days = plural(self.services.settings.retention_days, "day")
            El("h2", text="The bin is empty")
            El("p", text=f"Deleted moments stay here for {days}.")
        elif self.filters != Filters():
            El("h2", text="No matches")
            El("p", text="No moment matches all of these filters.")
            Button("Show all moments", lambda: self.change(Filters()), kind="solid")
        else:
            El("h2", text="No moments yet")
            El("p", text="Open a stream and take a snapshot or a clip. It appears here.")
            link("Watch live", "/live", "m-btn m-solid m-big", "live")

    def _say_total(self, total: Count) -> None:
        about = "About " if total.is_estimate else ""
        self.status.text = about + plural(total.value, "moment")

    # What is done

    async def do(self, what: str, moment_id: str) -> None:
        """Do what a card asks for."""
        if what == "select":
            self._last_picked = moment_id
            self.bulk.toggle(moment_id)
        elif what == "range":
            self.bulk.add(self._between(self._last_picked, moment_id))
        elif what == "delete":
            await self.delete([moment_id])
        elif what == "restore":
            await self.restore([moment_id])
        elif what == "refresh":
            await self.act(lambda: self.refresh([moment_id]))
        elif what == "retry":
            await self._retry(moment_id)

    async def do_many(self, what: str, moment_ids: list[str]) -> None:
        """Do what the bar of the selection asks for."""
        if what == "delete":
            await self.delete(moment_ids)
        elif what == "restore":
            await self.restore(moment_ids)
        elif what == "tag":
            self.ask_for_tag(moment_ids)
        elif what == "share":
            await self.act(lambda: self._share(moment_ids), once="share")

    async def _share(self, moment_ids: list[str]) -> None:
        link = await self.services.sharing.share(self.caller, moment_ids, NewShare())
        show_link(link.url, plural(len(moment_ids), "moment"))

    def _between(self, first: str, last: str) -> list[str]:
        order = self.list.ids()
        if last not in order:
            return []
        a, b = sorted((order.index(first if first in order else last), order.index(last)))
        return order[a : b + 1]

    async def _retry(self, moment_id: str) -> None:
        clip_id = str(self.list.cards[moment_id].item.capture)
        await self.act(lambda: self.services.clips.retry(self.caller, clip_id), once=clip_id)

    async def delete(self, moment_ids: list[str]) -> None:
        """Move moments to the bin, and offer to undo it."""
        if not await self.act(lambda: self.services.moments.delete(self.caller, moment_ids)):
            return
        for moment_id in moment_ids:
            self._drop(moment_id)
        self._settle()
        days = plural(self.services.settings.retention_days, "day")
        self.toaster.say(
            f"{plural(len(moment_ids), 'moment')} deleted",
            f"Kept in the bin for {days}.",
            action=("Undo", lambda: self.restore(moment_ids)),
        )

    async def restore(self, moment_ids: list[str]) -> None:
        """Restore moments from the bin."""
        if await self.act(lambda: self.services.moments.restore(self.caller, moment_ids)):
            self.toaster.say(f"{plural(len(moment_ids), 'moment')} restored")
            await self.act(lambda: self.refresh(moment_ids))

    def ask_for_tag(self, moment_ids: list[str]) -> None:
        """Ask for a tag, and add it to moments."""

        async def add(tag: str) -> None:
            moments = self.services.moments
            if await self.act(lambda: moments.add_tags(self.caller, moment_ids, [tag])):
                self.toaster.say(f"{plural(len(moment_ids), 'moment')} tagged “{tag}”")
                await self.act(self._learn)

        with self.client:  # not in the bar, which is hidden now
            ask_for_tag(len(moment_ids), add)

    def _picked(self, ids: set[str]) -> None:
        for moment_id, card in self.list.cards.items():
            card.pick(picked=moment_id in ids)
        is_selecting = bool(ids)
        self._root.classes(
            add="m-selecting" if is_selecting else "", remove="" if is_selecting else "m-selecting"
        )

    def _drop(self, moment_id: str) -> None:
        if self.list.drop(moment_id):
            self.bulk.drop(moment_id)
            self._change_total(-1)

    def _change_total(self, by: int) -> None:
        self._total = replace(self._total, value=max(0, self._total.value + by))

    # What happens

    async def hear(self, event: Event) -> None:
        """Show what was created, changed or deleted, here or elsewhere."""
        what, _, how = event.kind.partition(".")
        subject_id = str(event.payload.get("id", ""))
        moment_id = subject_id if what == "moment" else await self._moment_of(what, subject_id)
        if not moment_id or moment_id in self.arrivals.ids:
            return
        is_new = how == "created"
        if is_new and (self.arrivals.is_away or self.bulk.ids):
            await self._hold(moment_id)
        else:
            await self.refresh([moment_id], is_new=is_new)

    async def _hold(self, moment_id: str) -> None:
        """Count a new moment, and show it later: nothing under the pointer moves."""
        wanted = self.filters.wanted(self.services.clock.now(), ids=[moment_id])
        if (await self.services.moments.list(self.caller, wanted)).items:
            self.arrivals.hold(moment_id)

    async def show_arrived(self) -> None:
        """Show what has arrived meanwhile."""
        if moment_ids := self.arrivals.take():
            await self.act(lambda: self.refresh(moment_ids, is_new=True))

    async def _moment_of(self, what: str, capture_id: str) -> str | None:
        if known := self.list.by_capture(capture_id):
            return known
        service = self.services.clips if what == "clip" else self.services.snapshots
        try:
            return (await service.get(self.caller, capture_id)).moment_id
        except NotFound:
            return None

    async def refresh(self, moment_ids: list[str], *, is_new: bool = False) -> None:
        """Show some moments as they are now: those that match the filters, and no others."""
        now = self.services.clock.now()
        found = await self.services.moments.list(
            self.caller, self.filters.wanted(now, ids=moment_ids)
        )
        items = {item.id: item for item in await self.cards.of(found.items, self.filters)}
        for moment_id in moment_ids:
            if moment_id not in items:
                self._drop(moment_id)
            elif self.list.put(items[moment_id]):
                self._change_total(1)
                if is_new:
                    self.list.cards[moment_id].mark_new()
        self._settle()
