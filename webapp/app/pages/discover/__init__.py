"""Discover: what somebody may like next, and why."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.discover.page import DiscoverPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/discover", response_timeout=BUILD_S)
    async def discover(request: Request) -> Response | None:
        return await open_page(pages, request, DiscoverPage)
