"""The branches of a VM along the time: pick two commits to compare them."""

from nicegui import ui

from domain.commits.models import TimelineFilter, TimelineItem
from domain.infra.events import Event
from webapp.app.components.commit_list import CommitItem, CommitLanes
from webapp.app.kit.elements import El, link
from webapp.app.kit.in_order import in_order
from webapp.app.pages.commits.state import View
from webapp.app.shell import SignedInPage

_SHOWN = 60


class VmBranches:
    """A part of a page; the page forwards its events to `hear`, and calls `reload` at first."""

    def __init__(self, page: SignedInPage, vm_id: str) -> None:
        self._page = page
        self._vm_id = vm_id
        self._items: list[TimelineItem] = []
        self._picked = ""
        with El("section", "m-section", aria_label="Branches") as self._root:
            with El("div", "m-row m-lhead"):
                El("h2", text="Branches")
                El("span", "m-3 m-sm m-desk", "Pick two commits to compare them.")
                El("span", "m-grow")
                link("All commits", View(vm=vm_id).address(), "m-link m-sm m-row")
            self._lanes = CommitLanes(self._pick)

    @in_order
    async def reload(self) -> None:
        """Read the newest commits."""
        wanted = TimelineFilter(vm_id=self._vm_id, limit=_SHOWN)
        self._items = await self._page.services.timeline.page(self._page.caller, wanted)
        self._root.set_visibility(bool(self._items))
        self._lanes.show([CommitItem.of(item) for item in self._items])
        self._lanes.compare(None, self._picked or None)

    async def _pick(self, moment_id: str) -> None:
        if moment_id not in {item.id for item in self._items}:
            return
        if self._picked and self._picked != moment_id:
            pair = View(vm=self._vm_id).picked(moment_id, self._picked, self._items)
            ui.navigate.to(pair.address())
            return
        self._picked = "" if self._picked == moment_id else moment_id
        self._lanes.compare(None, self._picked or None)

    async def hear(self, event: Event) -> None:
        """Show new commits, and their pictures once they are there."""
        known = {item.id for item in self._items}
        if event.kind == "moment.created" or event.payload.get("id") in known:
            await self._page.act(self.reload)
