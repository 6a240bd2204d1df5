"""The library: every moment of the organisation, whatever its source."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.library import old_addresses
from webapp.app.pages.library.detail import MomentPage
from webapp.app.pages.library.page import LibraryPage
from webapp.app.pages.library.sources import add_sources
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the list, the page of one moment, and the addresses that lead here."""
    old_addresses.register(pages)
    add_sources(pages.sources, pages.services)

    @ui.page("/library", response_timeout=BUILD_S)
    async def library(request: Request) -> Response | None:
        return await open_page(pages, request, LibraryPage)

    @ui.page("/library/{moment_id}", response_timeout=BUILD_S)
    async def moment(request: Request, moment_id: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> MomentPage:
            return MomentPage(pages, visit, request, moment_id)

        return await open_page(pages, request, make)
