"""Our static files: the URL contains a content hash, so browsers cache them for a year.

`/static/<version>/js/player.js`, where the version is a hash over the whole tree: modules that
import each other by relative paths, and style sheets that name fonts, inherit it. The path without
a version, or with an old one, works too, but is revalidated each time.
"""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from webapp.bundles import Bundle
from webapp.edge.asgi_types import Receive, Scope, Send, respond
from webapp.edge.static_files import IMMUTABLE, StaticFile, send_file
from webapp.joined import bundles, joined

FOLDER = Path(__file__).parent / "static"
COMPONENTS = Path(__file__).parent / "app" / "components"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


_HEADERS = {
    "access-control-allow-origin": "*",  # fonts and modules of pages that embed a player
    "cross-origin-resource-policy": "cross-origin",
}


@cache
def _files() -> dict[str, StaticFile]:
    """Read the whole tree once: a few megabytes that never change while the process runs."""
    found = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".py"
    }
    found |= {bundle.name: bundle.text().encode() for bundle in joined_modules()}
    return {name: _file(name, body) for name, body in (found | dict(joined(found))).items()}


@cache
def joined_modules() -> tuple[Bundle, ...]:
    """Return what joins the app's scripts."""
    own = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.js")}
    components = {f"components/{path.name}": path.read_text() for path in COMPONENTS.glob("*.js")}
    return bundles(own | components)


def _file(name: str, body: bytes) -> StaticFile:
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StaticFile(body, _TYPES.get(Path(name).suffix, guessed))


@cache
def version() -> str:
    """Return the hash of the whole tree."""
    digest = hashlib.sha256()
    for name, file in _files().items():
        digest.update(f"{name}\0{file.digest}\0".encode())
    return digest.hexdigest()[:12]


def url(path: str) -> str:
    """Return the immutable URL of a static file such as `js/player.js`."""
    return f"/static/{version()}/{path}"


async def serve_static(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer a request below `/static/` (ASGI)."""
    if scope["method"] not in {"GET", "HEAD"}:
        await respond(send, 405, b"", content_type="text/plain", headers={"allow": "GET, HEAD"})
        return
    first, _, rest = scope["path"].removeprefix("/static/").partition("/")
    files = _files()
    is_current = first == version()
    file = files.get(rest) if is_current else files.get(f"{first}/{rest}" if rest else first)
    if file is None and not is_current:
        file = files.get(rest)  # an old version, from a page that was open during an upgrade
    if file is None:
        await respond(send, 404, b"There is no such file", content_type="text/plain")
        return
    cache_control = IMMUTABLE if is_current else "no-cache"
    await send_file(scope, send, file, cache_control=cache_control, headers=_HEADERS)
