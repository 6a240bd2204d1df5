"""The commits of a repository, branch or VM along the time, and what changed between two."""

from typing import Any

from domain.commits.models import Axes, TimelineItem
from domain.infra.events import Event
from domain.moments.models import Cursor
from webapp.app.components.address import Address
from webapp.app.components.commit_list import CommitItem, CommitLanes, CommitList
from webapp.app.components.menu_chip import MenuChip
from webapp.app.components.sentinel import Sentinel
from webapp.app.kit.elements import El, link, plural
from webapp.app.kit.in_order import in_order
from webapp.app.pages.commits.comparison import Comparison
from webapp.app.pages.commits.ignored import Ignored
from webapp.app.pages.commits.limits import Limits
from webapp.app.pages.commits.state import PAGE, View, short_name
from webapp.app.shell import SignedInPage
from webapp.pages.theme import render

_IN_LANES = 60


class CommitsPage(SignedInPage):
    """One open timeline."""

    title = "Commits"
    current = "commits"
    sheets = ("library", "commits")
    hears = ("moment",)

    async def build(self) -> None:
        """Draw the frame and the first page."""
        self.view = View.from_query(self.request.url.query)
        self.items: list[TimelineItem] = []
        self._is_whole = False
        self._last = ""  # that was picked
        self._axes = Axes((), (), ())
        self._address = Address(self._moved)
        with El("div", "m-page m-cx"):
            self._draw_side()
            with El("section", "m-cmain", aria_label="What changed"):
                self._empty = El("div")
                self._main = El("div")
                with self._main:
                    self.comparison = Comparison(self, self._ignore_region, self._measure)
                    self.lanes = CommitLanes(self._pick)
                    self.ignored = Ignored(self)
                    self.limits = Limits(self, self._compare)
        if self.view == View():
            axes = await self.services.timeline.axes(self.caller)
            self.view = View(axes.repositories[0].value if axes.repositories else None)
        await self.reload()

    def _draw_side(self) -> None:
        with El("aside", "m-clist", aria_label="Commits"):
            self._name = El("h1", "m-cut")
            with El("div", "m-row m-cchips"):
                self._chips = {
                    "repository": MenuChip("Repository", "library", self._choose_repository),
                    "branch": MenuChip("Branch", "branch", self._choose_branch),
                    "vm": MenuChip("VM", "screen", self._choose_vm),
                }
            self._about = El("p", "m-sm m-2", role="status")
            self.list = CommitList(self._pick)
            self._sentinel = Sentinel(self._more)

    # What is shown

    @in_order
    async def reload(self) -> None:
        """Read the timeline anew."""
        timeline, view = self.services.timeline, self.view
        self._axes = await timeline.axes(self.caller, view.repository)
        self.items = await timeline.page(self.caller, view.wanted())
        self._is_whole = len(self.items) < PAGE
        total = await timeline.total(self.caller, view.wanted())
        about = "about " if total.is_estimate else ""
        words = f"{about}{plural(total.value, 'commit')}" if total.value else ""
        self._about.text = words + (". Press two to compare them." if total.value > 1 else "")
        self.view = view.completed(self.items)
        self._draw_chips()
        self._draw_items()
        self._draw_empty()
        await self._compare()
        await self.ignored.show(self.view.repository)
        self._sentinel.again()

    async def _compare(self) -> None:
        """Show what changed, by the limits of its repository."""
        shown = next((i for i in self.items if i.id == self.view.after), None)
        await self.limits.show(shown.repository if shown else self.view.repository or "")
        await self.comparison.show(self.view, self.limits.settings.ignore)

    def _draw_chips(self) -> None:
        view, axes = self.view, self._axes
        self._name.text = short_name(view.repository) if view.repository else "Commits"
        offered = {
            "repository": [(a.value, short_name(a.value), a.count) for a in axes.repositories],
            "branch": [(a.value, a.label, a.count) for a in axes.branches],
            "vm": [(a.value, a.label, a.count) for a in axes.vms],
        }
        for name, chip in self._chips.items():
            chip.offer([each for each in offered[name] if each[0]])
            chip.show(getattr(view, name) or "")
            chip.set_visibility(len(offered[name]) > 1)

    def _draw_items(self) -> None:
        items = [CommitItem.of(item) for item in self.items]
        self.list.show(items)
        self.lanes.show(items[:_IN_LANES])
        for each in (self.list, self.lanes):
            each.compare(self.view.before or None, self.view.after or None)

    def _draw_empty(self) -> None:
        self._main.set_visibility(bool(self.items))
        self._empty.clear()
        if self.items:
            return
        with self._empty, El("div", "m-empty"):
            El("span", "m-glyph", innerHTML=render("empty-art.html", found=True))
            El("h2", text="No commits yet")
            El("p", text="Install the agent on a VM: it sends a picture of every commit.")
            if self.me["is_admin"]:
                link("VMs", "/settings/vms", "m-btn m-solid m-big")

    @in_order
    async def _more_items(self) -> None:
        last = self.items[-1]
        cursor = Cursor(last.created_at, last.id)
        found = await self.services.timeline.page(self.caller, self.view.wanted(), cursor)
        self._is_whole = len(found) < PAGE
        self.items += found
        self._draw_items()
        self._sentinel.again()

    # What is done

    async def _more(self) -> None:
        if self.items and not self._is_whole:
            await self.act(self._more_items, once="more")

    async def _pick(self, moment_id: str) -> None:
        if moment_id in {item.id for item in self.items}:
            self.view = self.view.picked(moment_id, self._last, self.items)
            self._last = moment_id
            self._address.show(self.view.address())
            self._draw_items()
            await self.act(self._compare)

    async def _ignore_region(self, raw: Any) -> None:  # noqa: ANN401 (from the browser)
        await self.limits.ignore(raw)

    async def _measure(self, first_id: str, second_id: str, name: str) -> None:
        await self.limits.measure(first_id, second_id, name)

    async def _choose_repository(self, value: str) -> None:
        await self._narrow(View(value or None, vm=self.view.vm))

    async def _choose_branch(self, value: str) -> None:
        await self._narrow(View(self.view.repository, value, self.view.vm))

    async def _choose_vm(self, value: str) -> None:
        await self._narrow(View(self.view.repository, self.view.branch, value))

    async def _narrow(self, view: View) -> None:
        self.view, self._last = view, ""
        self._address.show(view.address())
        await self.act(self.reload)

    async def _moved(self, query: str) -> None:
        self.view, self._last = View.from_query(query), ""
        await self.act(self.reload)

    # What happens

    async def hear(self, event: Event) -> None:
        """Show new commits, and what became of those that are compared."""
        subject = str(event.payload.get("id", ""))
        known = {item.id for item in self.items}
        if event.kind in {"moment.created", "moment.restored"} or subject in known:
            await self.act(self.reload, once=f"hear {subject}")

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        await self.reload()
