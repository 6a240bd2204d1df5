"""Tracks: the same recording at several providers, as people confirm or correct it."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.tracks.page import TrackPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the page of one track."""

    @ui.page("/tracks/{track_id}", response_timeout=BUILD_S)
    async def track(request: Request, track_id: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> TrackPage:
            return TrackPage(pages, visit, request, track_id)

        return await open_page(pages, request, make)
