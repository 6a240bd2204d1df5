"""Moments on a page about something else: those of a VM, or the whole organisation's."""

from collections.abc import Mapping

from domain.infra.events import Event
from domain.moments.models import Count, Kind, VmRef
from webapp.app.kit.elements import Button, El, link
from webapp.app.pages.library.moment_capture import MomentCapture
from webapp.app.pages.library.moments_list import MomentsList
from webapp.app.pages.library.state import Filters
from webapp.app.shell import SignedInPage


class MomentsSection:
    """A head and a list; the page forwards its events to `hear`, and calls `reload` at first."""

    def __init__(
        self, page: SignedInPage, *, vm: VmRef | None = None, empty: str = "No moments yet."
    ) -> None:
        self._empty = empty
        filters = Filters(vm=vm.id if vm else "")
        self.capture = MomentCapture(page, vm=vm)
        with El("section", "m-section", aria_label="Moments"):
            with El("div", "m-row m-lhead"):
                El("h2", text="Moments")
                self._count = El("span", "m-3 m-sm")
                El("span", "m-grow")
                link("Open in the library", filters.address(), "m-link m-sm m-row")
                if page.me["may_capture"]:
                    Button("New moment", self.capture.open, glyph="plus")
            self.list = MomentsList(
                page, filters, on_count=self._say_count, on_empty=self._say_empty
            )

    def _say_count(self, total: Count, _kinds: Mapping[Kind, Count]) -> None:
        self._count.text = f"{'about ' if total.is_estimate else ''}{total.value:,}"

    def _say_empty(self) -> None:
        El("p", "m-2", self._empty)

    async def reload(self) -> None:
        """Read the first page anew."""
        await self.list.reload()

    async def hear(self, event: Event) -> None:
        """Show what was created, changed or deleted."""
        await self.list.hear(event)
        await self.capture.hear(event)
