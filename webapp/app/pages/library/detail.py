"""The page of one moment."""

from fastapi import Request
from fastapi.responses import Response

from domain.core.errors import NotFound
from domain.infra.events import Event
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.kit.elements import El
from webapp.app.pages.library.moment_detail import MomentDetail
from webapp.app.pages.library.state import Filters
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble


class MomentPage(SignedInPage):
    """One open moment; the query is that of the list it was opened from."""

    sheets = ("player", "captures", "library")
    hears = ("moment", "clip", "snapshot")

    def __init__(self, pages: Pages, visit: Visit, request: Request, moment_id: str) -> None:
        super().__init__(pages, visit, request)
        self.moment_id = moment_id
        self.filters = Filters.from_query(request.url.query)

    async def load(self) -> Response | None:
        """Read the moment."""
        try:
            self.moment = await self.services.moments.get(self.caller, self.moment_id)
        except NotFound:
            return trouble(
                404,
                "Moment not found",
                "It was deleted, or you cannot see it.",
                action="Open the library",
                href="/library",
                me=self.me,
            )
        self.title = self.moment.title
        return None

    async def build(self) -> None:
        """Draw the moment."""
        with El("div", "m-page m-momentpage"):
            self.detail = MomentDetail(self, self.moment, back=self.filters.address())
            self.keys = Shortcuts()
        await self.detail.draw()
        if self.detail.may_edit:
            self.keys.call("e", "Edit", self.detail.edit)
        self.client.on_connect(self._find_neighbours)

    async def _find_neighbours(self) -> None:
        """Lead to what is before and after in the list."""

        async def do() -> None:
            wanted = self.filters.wanted(self.services.clock.now())
            found = await self.services.moments.neighbours(self.caller, self.moment, wanted)
            previous, next_ = (self.filters.address(each.id) if each else None for each in found)
            self.detail.pager.lead(previous, next_)
            for key, label, href in (
                ("ArrowLeft", "Previous moment", previous),
                ("ArrowRight", "Next moment", next_),
            ):
                if href:
                    self.keys.open(key, label, href)

        await self.act(do)

    async def hear(self, event: Event) -> None:
        """Show a change made elsewhere."""
        await self.detail.hear(event)

    async def catch_up(self) -> None:
        """Read the moment anew."""
        await self.detail.catch_up()
