"""What makes the web app installable: manifest, icons, service worker, offline page, share target.

Sources: W3C Web App Manifest, Web Share Target, Service Workers.
"""

import io
import json
from functools import cache
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from PIL import Image, ImageDraw

from webapp import assets
from webapp.pages.theme import head, render

_DARK: Final = "#090b12"
_ICE: Final = "#8fd3ff"
_SIZES: Final = (192, 512)
_SHARED: Final = ("url", "text", "title")
_NAME_LIMIT: Final = 2000
_ALIKE: Final = {"cache-control": "no-cache"}


def add_to(app: FastAPI) -> None:
    """Add the addresses to an app."""
    app.get("/manifest.webmanifest")(manifest)
    app.get("/icons/{name}.png")(icon)
    app.get("/service-worker.js")(service_worker)
    app.get("/offline")(offline)
    app.get("/marks/share")(share)
    app.post("/marks/share")(share)


async def manifest() -> Response:
    """Return the manifest; a shared link arrives as a form, because Android puts it in the text."""
    icons = [
        {"src": f"/icons/{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
        for size in _SIZES
    ]
    body = {
        "id": "/",
        "name": "Moments",
        "short_name": "Moments",
        "description": "Catch the moment that matters, in any media, and send it to somebody.",
        "start_url": "/library",
        "scope": "/",
        "display": "standalone",
        "background_color": _DARK,
        "theme_color": _DARK,
        "icons": [*icons, {**icons[-1], "purpose": "maskable"}],
        "shortcuts": [
            {"name": "New mark", "url": "/mark"},
            {"name": "Live", "url": "/live"},
        ],
        "share_target": {
            "action": "/marks/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {name: name for name in _SHARED},
        },
    }
    return Response(json.dumps(body), media_type="application/manifest+json", headers=_ALIKE)


async def icon(name: str) -> Response:
    """Return an icon of 192 or 512 pixels."""
    if name not in map(str, _SIZES):
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_icon(int(name)), media_type="image/png", headers=headers)


@cache
def _icon(size: int) -> bytes:
    """Draw the logo, the brackets and the dot, within the safe zone of a maskable icon."""
    scale = 4
    unit = size * scale / 64
    image = Image.new("RGB", (size * scale, size * scale), _DARK)
    draw = ImageDraw.Draw(image)

    def box(*edges: float) -> list[float]:
        return [edge * unit for edge in edges]

    for left, inner in ((17, 20.5), (47, 43.5)):
        draw.rounded_rectangle(box(min(left, inner), 17, max(left, inner), 47), fill="white")
        end = 25 if left < inner else 39
        for top in (17, 43.5):
            draw.rounded_rectangle(
                box(min(left, end), top, max(left, end), top + 3.5), fill="white"
            )
    draw.ellipse(box(26, 26, 38, 38), fill=_ICE)
    file = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


async def service_worker() -> Response:
    """Return the worker's entry: it changes when any static file does, and governs every page."""
    source = f'import "{assets.url("js/service-worker.js")}";\n'
    return Response(source, media_type="text/javascript", headers=_ALIKE)


async def offline() -> HTMLResponse:
    """Return the page that is shown without a connection, with the marks that wait for one."""
    page = render("offline.html", head=head(sheets=("offline",), scripts=("offline",)))
    return HTMLResponse(page, headers=_ALIKE)


async def share(request: Request) -> RedirectResponse:
    """Open what another app shares as a new mark; the page finds the link in it."""
    given = await request.form(max_files=0) if request.method == "POST" else request.query_params
    texts = {name: value for name in _SHARED if isinstance(value := given.get(name), str)}
    found = urlencode({name: text[:_NAME_LIMIT] for name, text in texts.items() if text})
    return RedirectResponse(f"/mark?{found}", status_code=303)
