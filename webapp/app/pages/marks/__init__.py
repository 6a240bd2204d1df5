"""Marks: the page where the exact part of a song or video is chosen and saved."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.marks.page import MarkPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/mark", response_timeout=BUILD_S)
    async def mark(request: Request) -> Response | None:
        return await open_page(pages, request, MarkPage)
