"""Streams as one watches them: the list, the player, going live from a browser."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.live.go_live import GoLivePage
from webapp.app.pages.live.page import LivePage
from webapp.app.pages.live.watch import WatchPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the pages."""

    @ui.page("/live", response_timeout=BUILD_S)
    async def live(request: Request) -> Response | None:
        return await open_page(pages, request, LivePage)

    @ui.page("/watch/{slug}", response_timeout=BUILD_S)
    async def watch(request: Request, slug: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> WatchPage:
            return WatchPage(pages, visit, request, slug)

        return await open_page(pages, request, make)

    @ui.page("/go-live/{slug}", response_timeout=BUILD_S)
    async def go_live(request: Request, slug: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> GoLivePage:
            return GoLivePage(pages, visit, request, slug)

        return await open_page(pages, request, make)
