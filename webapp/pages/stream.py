"""How a stream runs, for whoever keeps it: figures of the last minutes as plots."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.accounts.models import Role
from domain.core.errors import MomentsError, NotFound
from webapp.pages.context import Pages, Visit, to_sign_in
from webapp.pages.trouble import trouble


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/streams/{slug}", title="Stream · Moments")
    async def stream_page(request: Request, slug: str) -> Response | None:
        visit = await pages.visit(request)
        if visit is None:
            return to_sign_in(request)
        try:
            return await show(visit, slug)
        except NotFound as error:
            return trouble(404, "There is no such stream", error.message, action="All streams")
        except MomentsError as error:
            return trouble(503, "The stream cannot be opened now", error.message)

    async def show(visit: Visit, slug: str) -> Response | None:
        stream = await pages.services.streams.get(visit.caller, slug)
        is_maker = stream.created_by == visit.identity.user.id
        if not is_maker and visit.role < Role.ADMIN:
            message = "Whoever made the stream, and admins, see how it runs."
            return trouble(
                403, "This is not yours to see", message, action="Watch", href=f"/watch/{slug}"
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
