"""Search: everything that somebody can see, by meaning and by words."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.search.page import SearchPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/search", response_timeout=BUILD_S)
    async def search(request: Request) -> Response | None:
        return await open_page(pages, request, SearchPage)
