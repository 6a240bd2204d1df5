"""Commits: what each of them looked like, and what changed."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.commits.page import CommitsPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/commits", response_timeout=BUILD_S)
    async def commits(request: Request) -> Response | None:
        return await open_page(pages, request, CommitsPage)
