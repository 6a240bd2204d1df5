"""A stream's health, for its creator and admins: charts of the last minutes."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.live.models import Stream
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble
from webapp.pages.of_stream import keeps, of_stream


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/streams/{slug}", title="Stream · Moments")
    async def stream_page(request: Request, slug: str) -> Response | None:
        return await of_stream(pages, request, slug, show)

    async def show(visit: Visit, stream: Stream) -> Response | None:
        if not keeps(visit, stream):
            message = "Only the creator of the stream and admins can see its health."
            return trouble(
                403,
                "You cannot see this page",
                message,
                action="Watch",
                href=f"/watch/{stream.slug}",
            )
        ui.page_title(f"{stream.name}, health · Moments")
        pages.show(
            "stream.html",
            visit,
            current="live",
            sheets=("settings", "stream"),
            scripts=("stream-page",),
            title=stream.name,
            config={
                "id": stream.id,
                "slug": stream.slug,
                "name": stream.name,
                "kind": stream.source.kind,
                "buffer_s": stream.buffer_s,
                "may_publish": stream.publishing is not None,
            },
        )
        return None
