"""The organisation's streams, and the page to watch one."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.accounts.models import Role
from domain.live.models import Stream
from webapp.pages.context import Pages, Visit, to_sign_in
from webapp.pages.of_stream import keeps, of_stream
from webapp.stage import Opening


def register(pages: Pages) -> None:
    """Add the pages."""

    @ui.page("/live", title="Live · Moments")
    async def live(request: Request) -> Response | None:
        visit = await pages.visit(request)
        if visit is None:
            return to_sign_in(request)
        me = visit.me()
        config = {"is_admin": me["is_admin"], "may_capture": me["may_capture"]}
        pages.show(
            "live.html", visit, current="live", sheets=("live",), scripts=("live",), config=config
        )
        return None


def register_watch(pages: Pages) -> None:
    """Add the page of one stream."""

    @ui.page("/watch/{slug}", title="Watch · Moments")
    async def watch(request: Request, slug: str) -> Response | None:
        return await of_stream(pages, request, slug, show_watch)

    async def show_watch(visit: Visit, stream: Stream) -> Response | None:
        ui.page_title(f"{stream.name}, live · Moments")
        is_public = stream.visibility in {"public", "unlisted"}
        config = {
            "slug": stream.slug,
            "name": stream.name,
            "watch": None,
            "member": True,
            "may_capture": visit.role >= Role.MEMBER,
            "share_page": f"{pages.services.settings.origin}/live/{stream.slug}"
            if is_public
            else None,
            "runs_page": f"/streams/{stream.slug}" if keeps(visit, stream) else None,
        }
        pages.show(
            "watch.html",
            visit,
            current="live",
            sheets=("player",),
            scripts=("watch-page",),
            title=stream.name,
            opening=Opening.of(stream, may_capture=visit.role >= Role.MEMBER),
            config=config,
        )
        return None
