"""Streams: their dialogs, and how one runs."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.streams.health import HealthPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages


def register(pages: Pages) -> None:
    """Add the page of a stream's health."""

    @ui.page("/streams/{slug}", response_timeout=BUILD_S)
    async def health(request: Request) -> Response | None:
        return await open_page(pages, request, HealthPage)
