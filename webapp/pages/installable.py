"""What is installed: the web app (manifest, icons, service worker), the extension, the agent.

Sources: W3C Web App Manifest, Web Share Target, Service Workers.
"""

import io
import json
import zipfile
from collections.abc import AsyncGenerator, Mapping
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from PIL import Image, ImageDraw
from starlette.formparsers import MultiPartException, MultiPartParser

from domain.core.errors import TooLarge
from webapp import assets
from webapp.pages.agent_file import agent_file
from webapp.pages.error_page import trouble
from webapp.pages.posted import read_body
from webapp.pages.theme import head, render

_EXTENSION: Final = Path(__file__).parents[1] / "extension"
_DARK: Final = "#090b12"
_ICE: Final = "#8bb8ff"
_EMBER: Final = "#ff9b61"
_SIZES: Final = (192, 512)
_SHARED: Final = ("url", "text", "title")
_MAX_LENGTH: Final = 2000
_ALIKE: Final = {"cache-control": "no-cache"}


def add_to(app: FastAPI) -> None:
    """Add the addresses to an app."""
    app.get("/manifest.webmanifest")(manifest)
    app.get("/icons/{name}.png")(icon)
    app.get("/service-worker.js")(service_worker)
    app.get("/offline")(offline)
    app.get("/extension.zip")(extension)
    app.get("/moments-agent.pyz")(agent_file)
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
    """Draw the logo of `favicon.svg` within the safe zone of a maskable icon."""
    side = 4 * size  # drawn larger and made smaller: Pillow's edges are not smooth
    unit = 0.6 * side / 28
    image = Image.new("RGB", (side, side), _DARK)
    draw = ImageDraw.Draw(image)

    def box(left: float, top: float, right: float, bottom: float) -> list[float]:
        return [0.2 * side + edge * unit for edge in (left, top, right, bottom)]

    def dot(x: float, y: float, radius: float, colour: str) -> None:
        draw.ellipse(box(x - radius, y - radius, x + radius, y + radius), fill=colour)

    frame = box(2.6, 3, 25.4, 25)
    draw.rounded_rectangle(frame, radius=4.4 * unit, outline=_ICE, width=round(2.8 * unit))
    draw.rectangle(box(9.4, 0, 18.6, 28), fill=_DARK)
    for x in (9.4, 18.6):
        for y in (4.4, 23.6):
            dot(x, y, 1.4, _ICE)
    dot(14, 14, 4.3, _EMBER)
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


async def extension() -> Response:
    """Return the browser's extension, to be unpacked and loaded."""
    headers = {"content-disposition": 'attachment; filename="moments-extension.zip"', **_ALIKE}
    return Response(_extension(), media_type="application/zip", headers=headers)


@cache
def _extension() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_EXTENSION.iterdir()):
            archive.write(path, f"moments-extension/{path.name}")
        archive.writestr("moments-extension/icon.png", _icon(192))
    return file.getvalue()


async def share(request: Request) -> Response:
    """Open what another app shares as a new mark; the page finds the link in it."""
    try:
        given = await _form(request) if request.method == "POST" else request.query_params
    except TooLarge:
        return _refusal(413)
    except MultiPartException:
        return _refusal(400)
    texts = {name: value for name in _SHARED if isinstance(value := given.get(name), str)}
    found = urlencode({name: text[:_MAX_LENGTH] for name, text in texts.items() if text})
    return RedirectResponse(f"/mark?{found}", status_code=303)


async def _form(request: Request) -> Mapping[str, object]:
    body = await read_body(request)

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield body

    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise MultiPartException("Not a multipart form")
    parser = MultiPartParser(request.headers, chunks(), max_files=0, max_fields=len(_SHARED) + 1)
    return await parser.parse()


def _refusal(status: int) -> Response:
    message = "The other app sent something else than a link. Copy the link and paste it here."
    return trouble(status, "Nothing to mark", message, action="Paste a link", href="/mark")
