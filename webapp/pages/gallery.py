"""The gallery: all captures."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.pages.context import Pages, to_sign_in


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/gallery", title="Gallery · Moments")
    async def gallery(request: Request) -> Response | None:
        visit = await pages.visit(request)
        if visit is None:
            return to_sign_in(request)
        pages.show(
            "gallery.html",
            visit,
            current="gallery",
            sheets=("player", "gallery"),
            scripts=("gallery",),
            config={
                "me": visit.me(),
                "retention_days": pages.services.settings.retention_days,
            },
        )
        return None
