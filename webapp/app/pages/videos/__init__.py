"""Videos: what is being made of recordings and files, and the page of one of them."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.videos.page import VideosPage
from webapp.app.pages.videos.sources import add_sources
from webapp.app.pages.videos.video import VideoPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the list, the page of one video, and what runs to the bar."""
    add_sources(pages.sources, pages.services)

    @ui.page("/videos", response_timeout=BUILD_S)
    async def videos(request: Request) -> Response | None:
        return await open_page(pages, request, VideosPage)

    @ui.page("/videos/{video_id}", response_timeout=BUILD_S)
    async def video(request: Request, video_id: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> VideoPage:
            return VideoPage(pages, visit, request, video_id)

        return await open_page(pages, request, make)
