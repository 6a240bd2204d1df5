"""Going live from a browser: the page that publishes a camera or a screen."""

from urllib.parse import quote, urlsplit

import segno
from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.live.models import Stream
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble
from webapp.pages.of_stream import of_stream

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_INSECURE = (
    "Phones allow camera access on HTTPS pages only. Start Moments with `moments up --tls`, or "
    "set MOMENTS_PUBLIC_URL to the HTTPS address of your reverse proxy. Then a QR code appears "
    "here."
)
_ONLY_HERE = (
    "This Moments is reachable from this machine only. Start it with `moments up --tls`; then a "
    "QR code appears here."
)


def qr_code(text: str) -> str:
    """Return a QR code as SVG in the current text colour."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=2, dark="#090b12", light="#ffffff", omitsize=True))


def why_no_qr(origin: str) -> str | None:
    """Return why a phone cannot go live at an origin, or None if it can."""
    parts = urlsplit(origin)
    if parts.hostname in _LOOPBACK:
        return _ONLY_HERE
    return None if parts.scheme == "https" else _INSECURE


def register(pages: Pages) -> None:
    """Add the page."""

    @ui.page("/go-live/{slug}", title="Go live · Moments")
    async def go_live(request: Request, slug: str) -> Response | None:
        return await of_stream(pages, request, slug, show)

    async def show(visit: Visit, stream: Stream) -> Response | None:
        if stream.source.kind != "push":
            message = (
                "This stream has its own source. Create a stream with a browser as its source."
            )
            return trouble(
                409,
                "You cannot go live here",
                message,
                action="Watch",
                href=f"/watch/{stream.slug}",
            )
        if stream.publishing is None:
            message = "Only the creator of the stream and admins can go live on it."
            return trouble(
                403,
                "You cannot publish to this stream",
                message,
                action="Watch",
                href=f"/watch/{stream.slug}",
            )
        origin = pages.services.settings.origin
        page = f"{origin}/go-live/{quote(stream.slug, safe='')}"
        no_qr = why_no_qr(origin)
        ui.page_title(f"Go live: {stream.name} · Moments")
        pages.show(
            "go-live.html",
            visit,
            current="live",
            sheets=("player", "settings", "go-live"),
            scripts=("go-live",),
            title=stream.name,
            config={
                "slug": stream.slug,
                "name": stream.name,
                "origin": origin,
                "page": page,
                "qr": None if no_qr else qr_code(page),
                "no_qr": no_qr,
                "takes_over": pages.services.settings.second_publisher == "takeover",
                "publish_key": stream.publishing.publish_key,
                "whip_url": stream.publishing.whip_url,
                "rtmp_url": stream.publishing.rtmp_url,
            },
        )
        return None
