"""A list of moments with its selection: a part of a page, read as one scrolls, fresh by events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from nicegui import ui

from domain.captures.models import GalleryFilter
from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import Count, Cursor, Kind, MomentPage
from domain.moments.rules import MAX_AT_ONCE
from webapp.app.components.arrivals import Arrivals
from webapp.app.components.moment_card import CardItem
from webapp.app.components.sentinel import Sentinel
from webapp.app.components.time_zone import TimeZone
from webapp.app.kit.elements import El, plural
from webapp.app.kit.in_order import in_order
from webapp.app.pages.library.bulk_bar import BulkBar, ask_how_to_export
from webapp.app.pages.library.card_grid import CardGrid
from webapp.app.pages.library.cards import Cards
from webapp.app.pages.library.day_counts import DayCounts, Spans
from webapp.app.pages.library.doing import Doing
from webapp.app.pages.library.state import CLIP_STATUS, PAGE, Filters
from webapp.app.shell import SignedInPage

Counted = Callable[[Count, Mapping[Kind, Count]], None]


class MomentsList:
    """What filters show. `on_count` gets the totals, `on_empty` draws what is said of nothing."""

    def __init__(
        self,
        page: SignedInPage,
        filters: Filters,
        *,
        on_count: Counted,
        on_empty: Callable[[], None],
    ) -> None:
        self.page, self.filters = page, filters
        self.services, self.caller = page.services, page.caller
        self._cards = Cards(page.services, page.caller)
        self._after: Cursor | None = None  # where the next page begins; None: there is none
        self._last_picked = ""
        self._reading = 0
        self._pending = 0  # readings of a first page that have not ended
        self._meanwhile: set[str] = set()  # moments that changed during those
        self._total = Count(0)
        self._kinds: dict[Kind, Count] = {}
        self._on_count, self._on_empty = on_count, on_empty
        with El("div") as self._root:
            self.arrivals = Arrivals(self.show_arrived)
            TimeZone(self._take_zone)
            readonly = not page.me["may_capture"]
            self.grid = CardGrid(self._do, readonly=readonly)
            self.days = DayCounts(self.grid, self._count_spans)
            self._empty = El("div")
            self._sentinel = Sentinel(self.more)
            self._status = El("div", "m-vh", role="status", aria_live="polite")
            self.bulk = BulkBar(page.visit.organization_id, self._picked, self._do_many)
        self.bulk.show_for(is_bin=filters.is_deleted)
        self.doing = Doing(page, on_gone=self.dropped, on_back=self.refresh)

    # What is shown

    async def show(self, filters: Filters) -> None:
        """Show something else."""
        self.filters = filters
        self.bulk.clear()
        self.bulk.show_for(is_bin=filters.is_deleted)
        await self.page.act(self.reload)
        await self.page.act(self.count)

    async def reload(self) -> None:
        """Read the first page anew; an older reading that ends later shows nothing."""
        self._reading += 1
        reading = self._reading
        self._pending += 1
        try:
            page, items = await self._read(None)
        finally:
            self._pending -= 1
        if reading != self._reading:
            return
        self._note_end(page)
        self.days.forget()
        self.grid.clear()
        self.grid.is_oldest_first = self.filters.is_oldest_first
        self.arrivals.take()
        for item in items:
            self.grid.put(item)
        self._total = page.total
        self._settle()
        about = "About " if page.total.is_estimate else ""
        self._status.text = about + plural(page.total.value, "moment")
        if changed := self._meanwhile:  # after they were read, perhaps
            self._meanwhile = set()
            await self.refresh([*changed])

    async def count(self) -> None:
        """Count each kind; later than the list, which does not wait for it."""
        reading, filters = self._reading, replace(self.filters, kind=None)
        wanted = filters.wanted(self.services.clock.now(), ids=await self._with_status() or ())
        counts = await self.services.moments.counts(self.caller, wanted)
        if reading == self._reading:
            self._kinds = dict(counts)
            self._on_count(self._total, self._kinds)
            await self.days.count()

    async def _take_zone(self, name: str) -> None:
        self.days.set_zone(name)
        await self.page.act(self.days.count)

    async def _count_spans(self, spans: Spans) -> Sequence[Count]:
        ids = await self._with_status() or ()
        wanted = self.filters.wanted(self.services.clock.now(), ids=ids)
        return await self.services.moments.counts_within(self.caller, wanted, spans)

    async def more(self) -> None:
        """Read the next page, near the end."""
        if self._after is not None:
            await self.page.act(self._more, once="more")

    async def _more(self) -> None:
        reading = self._reading
        page, items = await self._read(self._after)
        if reading == self._reading:
            self._note_end(page)
            for item in items:
                self.grid.put(item)
            self._settle()
            await self.days.count()

    async def _read(self, after: Cursor | None) -> tuple[MomentPage, list[CardItem]]:
        filters = self.filters
        page = await self._page(after=after)
        return page, await self._cards.of(page.items, filters)

    def _note_end(self, page: MomentPage) -> None:
        """Note where the next page begins, if there is one."""
        last = page.items[-1] if len(page.items) == PAGE else None
        self._after = Cursor(last.created_at, last.id) if last else None

    async def _page(
        self, *, after: Cursor | None = None, ids: Sequence[str] = (), limit: int = 0
    ) -> MomentPage:
        """Return a page of what the filters match, or those of some moments that they match."""
        with_status = await self._with_status()
        if with_status is not None:
            ids = [each for each in with_status if not ids or each in ids]
            if not ids:
                return MomentPage((), Count(0), PAGE, 0)
        wanted = self.filters.wanted(self.services.clock.now(), after=after, ids=ids)
        if with_status is not None or limit:
            wanted = replace(wanted, limit=limit or PAGE)
        return await self.services.moments.list(self.caller, wanted)

    async def _with_status(self) -> Sequence[str] | None:
        """Return the moments whose clip has the wanted status; None if any status will do."""
        status = CLIP_STATUS.get(self.filters.status)
        if status is None:
            return None
        wanted = GalleryFilter(
            kind="clip", status=status, deleted=self.filters.is_deleted, limit=MAX_AT_ONCE
        )
        page = await self.services.gallery.list(self.caller, wanted)
        return [each.moment_id for each in page.items]

    def _settle(self) -> None:
        """Bring what surrounds the list in line with it."""
        self._on_count(self._total, self._kinds)
        self._sentinel.again()
        self._empty.clear()
        if not len(self.grid):
            with self._empty, El("div", "m-empty"):
                self._on_empty()

    # What is done

    async def _do(self, what: str, moment_id: str) -> None:
        """Do what a card asks for."""
        if what == "select":
            self._last_picked = moment_id
            self.bulk.toggle(moment_id)
        elif what == "range":
            self.bulk.add(self._between(self._last_picked, moment_id))
        elif what == "refresh":
            await self.page.act(lambda: self.refresh([moment_id]))
        elif what == "download":
            await self._download([moment_id])
        elif what == "retry" and (card := self.grid.cards.get(moment_id)):
            await self.doing.retry(str(card.item.capture))
        else:
            await self.doing.do(what, [moment_id])

    async def _do_many(self, what: str, moment_ids: list[str]) -> None:
        """Do what the bar of the selection asks for."""
        if what == "all":
            await self.page.act(self.select_all, once="all")
        elif what == "download":
            await self._download(moment_ids)
        elif what == "export":
            ask_how_to_export(len(moment_ids), lambda form: self._export(form, moment_ids))
        else:
            await self.doing.do(what, moment_ids)

    async def _export(self, form: str, moment_ids: list[str]) -> None:
        """Download moments as a zip to import, or as a report."""
        self.bulk.export(form, moment_ids)
        self.page.toaster.say("The export has started")

    async def _download(self, moment_ids: list[str]) -> None:
        """Download a clip or snapshot as it is, and anything else as a zip."""
        card = self.grid.cards.get(moment_ids[0]) if len(moment_ids) == 1 else None
        if card and card.item.capture:
            path = f"/api/{card.item.kind}s/{card.item.capture}/download"
            ui.navigate.to(f"{path}?organization_id={self.page.visit.organization_id}")
            return

        async def check() -> None:
            await self.services.moment_assets.archive(self.caller, moment_ids)

        if await self.page.act(check, once="download"):
            self.bulk.download.send(moment_ids)
            self.page.toaster.say("The download has started")

    async def select_all(self) -> None:
        """Select everything that the filters match, also what is not drawn yet."""
        page = await self._page(limit=MAX_AT_ONCE)
        self.bulk.add([moment.id for moment in page.items])
        if page.total.value > MAX_AT_ONCE:
            self.page.toaster.say(f"Selected the first {MAX_AT_ONCE}", "That is as many as fit.")

    def _between(self, first: str, last: str) -> list[str]:
        order = self.grid.ids()
        if last not in order:
            return []
        a, b = sorted((order.index(first if first in order else last), order.index(last)))
        return order[a : b + 1]

    def _picked(self, ids: set[str]) -> None:
        kinds: list[str] = []
        for moment_id, card in self.grid.cards.items():
            card.pick(picked=moment_id in ids)
            if moment_id in ids:
                kinds.append(card.item.kind)
        self.bulk.say({kind: kinds.count(kind) for kind in kinds}, of=self._total.value)
        self._root.classes(add="m-selecting" if ids else "", remove="" if ids else "m-selecting")

    def dropped(self, moment_ids: Sequence[str]) -> None:
        """Take moments out of the list."""
        for moment_id in moment_ids:
            self._drop(moment_id)
        self._settle()

    def _drop(self, moment_id: str) -> None:
        card = self.grid.cards.get(moment_id)
        if card and self.grid.drop(moment_id):
            self.bulk.drop(moment_id)
            self._change_total(card.item, -1)

    def _change_total(self, item: CardItem, by: int) -> None:
        kind = item.kind
        self.days.change(item.created_at, by)
        self._total = replace(self._total, value=max(0, self._total.value + by))
        if kind in self._kinds:
            known = self._kinds[kind]
            self._kinds[kind] = replace(known, value=max(0, known.value + by))

    # What happens

    async def hear(self, event: Event) -> None:
        """Show what was created, changed or deleted, here or elsewhere."""
        what, _, how = event.kind.partition(".")
        if event.kind == "video.progress":
            return  # a card says the stage, without its figures
        subject_id = str(event.payload.get("id", ""))
        moment_id = subject_id if what == "moment" else await self._moment_of(what, subject_id)
        if not moment_id or moment_id in self.arrivals.ids:
            return
        is_new = how == "created" and moment_id not in self.grid.cards
        if is_new and (self.arrivals.is_away or self.bulk.ids):
            if (await self._page(ids=[moment_id])).items:
                self.arrivals.hold(moment_id)  # nothing under the pointer moves
        else:
            await self.refresh([moment_id], is_new=is_new)

    async def show_arrived(self) -> None:
        """Show what has arrived meanwhile."""
        if moment_ids := self.arrivals.take():
            await self.page.act(lambda: self.refresh(moment_ids, is_new=True))

    async def _moment_of(self, what: str, capture_id: str) -> str | None:
        if known := self.grid.by_capture(capture_id):
            return known
        services = self.services
        try:
            if what == "clip":
                return (await services.clips.get(self.caller, capture_id)).moment_id
            if what == "video":
                return (await services.videos.get(self.caller, capture_id)).moment_id
            return (await services.snapshots.get(self.caller, capture_id)).moment_id
        except NotFound:
            return None

    @in_order
    async def refresh(self, moment_ids: Sequence[str], *, is_new: bool = False) -> None:
        """Show some moments as they are now: those that match the filters, and no others."""
        if self._pending:
            self._meanwhile |= {*moment_ids}
        reading = -1
        while reading != self._reading:  # something else is shown by now: read for that
            reading = self._reading
            found = (await self._page(ids=moment_ids)).items
            items = {item.id: item for item in await self._cards.of(found, self.filters)}
        for moment_id in moment_ids:
            if moment_id not in items:
                self._drop(moment_id)
            elif self.grid.put(items[moment_id]):
                self._change_total(items[moment_id], 1)
                if is_new:
                    self.grid.cards[moment_id].mark_new()
        self._settle()
