"""What a stream's pages share: the caller, the stream, and the errors."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from domain.accounts.models import Role
from domain.core.errors import MomentsError, NotFound
from domain.live.models import Stream
from webapp.pages.context import Pages, Visit, to_sign_in
from webapp.pages.error_page import trouble


def keeps(visit: Visit, stream: Stream) -> bool:
    """Return whether the caller created the stream or is an admin: they see its health."""
    return stream.created_by == visit.identity.user.id or visit.role >= Role.ADMIN


async def of_stream(
    pages: Pages,
    request: Request,
    slug: str,
    show: Callable[[Visit, Stream], Awaitable[Response | None]],
) -> Response | None:
    """Show a stream's page to callers with access; return an error page otherwise."""
    visit = await pages.visit(request)
    if visit is None:
        return to_sign_in(request)
    try:
        return await show(visit, await pages.services.streams.get(visit.caller, slug))
    except NotFound as error:
        return trouble(
            404,
            "There is no such stream",
            error.message,
            action="All streams",
            href="/live",
            me=visit.me(),
        )
    except MomentsError as error:
        return trouble(503, "The stream cannot be opened right now", error.message, me=visit.me())
