"""Combines the public pages."""

from litestar import Response, Router, get

from webapp.edge.refusal import Describe
from webapp.public.errors import html_errors
from webapp.public.moments import MomentPageController
from webapp.public.oembed import oembed
from webapp.public.shares import ShareController
from webapp.public.streams import LiveController

FORM_BYTES = 64 * 1024
# Share links are for their holders, not for search engines; preview crawlers may read them.
_ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /files/\nDisallow: /settings\n"


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots() -> Response[str]:
    """Return robots.txt."""
    headers = {"cache-control": "public, max-age=3600"}
    return Response(_ROBOTS, media_type="text/plain; charset=utf-8", headers=headers)


def public_router(describe: Describe) -> Router:
    """Return the pages without accounts; they need the dependency `services`."""
    return Router(
        "/",
        route_handlers=[LiveController, MomentPageController, ShareController, oembed, robots],
        exception_handlers={Exception: html_errors(describe)},
        request_max_body_size=FORM_BYTES,
    )
