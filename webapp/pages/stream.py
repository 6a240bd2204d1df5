"""How a stream runs, for whoever keeps it: figures of the last minutes as plots."""

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
            message = "Whoever made the stream, and admins, see how it runs."
            return trouble(
                403,
                "This is not yours to see",
                message,
                action="Watch",
                href=f"/watch/{stream.slug}",
            )
        ui.page_title(f"{stream.name}, how it runs · Moments")
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
