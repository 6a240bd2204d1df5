"""Combines the public pages."""

from html import escape

from litestar import Response, Router, get

from webapp.edge.refusal import Describe
from webapp.public.collections import CollectionPageController
from webapp.public.errors import html_errors
from webapp.public.moments import MomentPageController
from webapp.public.oembed import oembed
from webapp.public.profiles import ProfilePageController
from webapp.public.shares import ShareController
from webapp.public.streams import LiveController
from webapp.public.tracks import TrackPageController, artist_report
from webapp.public.views import Svc

FORM_BYTES = 64 * 1024
# Share links are for their holders, not for search engines; preview crawlers may read them.
_ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /files/\nDisallow: /settings\n"
_KEPT = {"cache-control": "public, max-age=3600"}
_MOST = 10_000  # addresses of a kind; a sitemap holds 50,000 (sitemaps.org)


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots(services: Svc) -> Response[str]:
    """Return robots.txt."""
    text = f"{_ROBOTS}Sitemap: {services.settings.origin}/sitemap.xml\n"
    return Response(text, media_type="text/plain", headers=_KEPT)


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(services: Svc) -> Response[str]:
    """Return the newest public pages, for search engines."""
    paths = await services.moment_pages.listed(_MOST)
    paths += await services.profiles.listed(_MOST)
    paths += await services.collection_pages.listed(_MOST)
    origin = escape(services.settings.origin)
    urls = "".join(f"<url><loc>{origin}{path}</loc></url>" for path in paths)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )
    return Response(text, media_type="application/xml", headers=_KEPT)


def public_router(describe: Describe) -> Router:
    """Return the pages without accounts; they need the dependency `services`."""
    return Router(
        "/",
        route_handlers=[
            CollectionPageController,
            ProfilePageController,
            LiveController,
            MomentPageController,
            ShareController,
            TrackPageController,
            artist_report,
            oembed,
            robots,
            sitemap,
        ],
        exception_handlers={Exception: html_errors(describe)},
        request_max_body_size=FORM_BYTES,
    )
