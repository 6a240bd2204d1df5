"""Immutable files: compressed once, sent whole, in part or not modified (RFC 9110)."""

import gzip
import hashlib
import re
from functools import cached_property

from webapp.edge.asgi_types import Scope, Send, header, respond
from webapp.edge.ranges import NotSatisfiable, matches, parse_range

IMMUTABLE = "public, max-age=31536000, immutable"
_TEXT = ("text/", "application/javascript", "application/json", "application/manifest+json")
_CODING = re.compile(
    r"(?P<name>[\w*-]+)\s*(?:;\s*q\s*=\s*(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.ASCII
)


class StaticFile:
    """A file's bytes and metadata."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.body = body
        self.content_type = content_type
        self.digest = hashlib.sha256(body).hexdigest()[:20]

    @cached_property
    def gzipped(self) -> bytes | None:
        """The compressed body, created on first use; None if that saves nothing."""
        if not (self.content_type.startswith(_TEXT) or "svg" in self.content_type):
            return None  # images and fonts are compressed already
        packed = gzip.compress(self.body, mtime=0)
        return packed if len(packed) < len(self.body) else None


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Return whether a client accepts gzip and does not prefer plain bytes (section 12.5.3)."""
    weights: dict[str, float] = {}
    for item in (accept_encoding or "").lower().split(","):
        if found := _CODING.fullmatch(item.strip()):
            weights[found["name"]] = float(found["weight"] or 1)
    weight = weights.get("gzip", weights.get("*", 0))
    return weight > 0 and weight >= weights.get("identity", 0)


async def send_file(
    scope: Scope,
    send: Send,
    file: StaticFile,
    *,
    cache_control: str,
    headers: dict[str, str] | None = None,
) -> None:
    """Answer a GET or HEAD request with a file. Byte ranges refer to its plain bytes."""
    body, etag = file.body, f'"{file.digest}"'
    wanted = header(scope, "range") if scope["method"] == "GET" else None
    lines = {"cache-control": cache_control, "accept-ranges": "bytes", **(headers or {})}
    if file.gzipped is not None:
        lines["vary"] = "Accept-Encoding"
        if wanted is None and accepts_gzip(header(scope, "accept-encoding")):
            body, etag = file.gzipped, f'"{file.digest}-gzip"'
            lines["content-encoding"] = "gzip"
    lines["etag"] = etag
    if matches(header(scope, "if-none-match"), etag):
        await _send_not_modified(send, lines)
        return
    try:
        part = parse_range(wanted, header(scope, "if-range"), len(body), etag)
    except NotSatisfiable:
        told = {"content-range": f"bytes */{len(body)}", "cache-control": "no-store"}
        await respond(send, 416, b"", content_type=file.content_type, headers=told)
        return
    start, stop = part or (0, len(body))
    if part is not None:
        lines["content-range"] = f"bytes {start}-{stop - 1}/{len(body)}"
    lines["content-length"] = str(stop - start)
    sent = b"" if scope["method"] == "HEAD" else body[start:stop]
    status = 200 if part is None else 206
    await respond(send, status, sent, content_type=file.content_type, headers=lines)


async def _send_not_modified(send: Send, headers: dict[str, str]) -> None:
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 304, "headers": lines})
    await send({"type": "http.response.body", "body": b""})
