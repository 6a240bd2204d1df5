"""Keeps public pages for a second: many visitors of one page cost one drawing of it.

A page says itself, with `cache-control: public`, that it is the same for everybody and may be kept
for much longer. It is dropped at once when an event says that something changed, and after each
write through this process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from webapp.edge.asgi_types import ASGIApp, Message, Receive, Scope, Send, header
from webapp.edge.headers import Allowed, allow_again, allowed

KEPT_S: Final = 1.0
_PATHS: Final = ("/m/", "/t/", "/u/", "/c/", "/s/")
_MOST: Final = 500
_MOST_BYTES: Final = 128 * 1024
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class _Page:
    headers: Headers
    body: bytes
    etag: str
    allowed: Allowed
    until_s: float


class PageCache:
    """Wraps the app of public pages; `clear` drops all of them.

    `on_kept` is told the path of each page that is answered from memory.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: Callable[[], float] = time.monotonic,
        on_kept: Callable[[str], None] = lambda _path: None,
    ) -> None:
        self._app = app
        self._on_kept = on_kept
        self._clock = clock
        self._pages: dict[Key, _Page] = {}
        self._changes = 0

    def clear(self) -> None:
        """Drop every page, and those that are being drawn."""
        self._changes += 1
        self._pages.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, from memory if it is possible."""
        if scope["type"] != "http" or scope["method"] not in _SAFE:
            try:
                await self._app(scope, receive, send)
            finally:
                self.clear()
            return
        if scope["method"] != "GET" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        key, known = (scope["path"], scope["query_string"]), header(scope, "if-none-match")
        page = self._pages.get(key)
        if page is None or page.until_s <= self._clock():
            # Drawn in any case, so that it can be kept: most visitors may already have it.
            scope["headers"] = [each for each in scope["headers"] if each[0] != b"if-none-match"]
            await self._app(scope, receive, _Recorder(self, scope, key, known, send))
            return
        allow_again(scope, page.allowed)
        self._on_kept(scope["path"])
        await _send(page, send, is_known=known == page.etag)

    @property
    def changes(self) -> int:
        """The number of changes so far."""
        return self._changes

    def keep(self, key: Key, page: _Page) -> None:
        """Keep a page that was just drawn."""
        self._pages.pop(key, None)  # the newest are last
        while len(self._pages) >= _MOST:
            del self._pages[next(iter(self._pages))]
        self._pages[key] = page

    def page(self, scope: Scope, headers: Headers, body: bytes) -> _Page:
        """Return a page as it is kept."""
        etag = next(value for name, value in headers if name == b"etag").decode("latin-1")
        return _Page(headers, body, etag, allowed(scope), self._clock() + KEPT_S)


class _Recorder:
    """A `send` that keeps a page for everybody if nothing changed while it was drawn."""

    def __init__(
        self, cache: PageCache, scope: Scope, key: Key, known: str | None, send: Send
    ) -> None:
        self._cache = cache
        self._scope = scope
        self._key = key
        self._known = known
        self._send = send
        self._changes = cache.changes
        self._start: Message = None

    async def __call__(self, message: Message) -> None:
        """Send on; a page only when it is complete."""
        if message["type"] == "http.response.start" and _is_for_everybody(message):
            self._start = message
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)
            return
        if message.get("more_body"):  # it comes in pieces
            await self._send(start)
            await self._send(message)
            return
        headers = [(name.lower(), value) for name, value in start["headers"]]
        page = self._cache.page(self._scope, headers, message.get("body", b""))
        if self._changes == self._cache.changes and len(page.body) <= _MOST_BYTES:
            self._cache.keep(self._key, page)
        await _send(page, self._send, is_known=self._known == page.etag)


def _is_for_everybody(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message["headers"]}
    return (
        message["status"] == 200
        and headers.get(b"cache-control", b"").startswith(b"public")
        and headers.get(b"content-type", b"").startswith(b"text/html")
        and b"etag" in headers
        and b"set-cookie" not in headers
    )


async def _send(page: _Page, send: Send, *, is_known: bool) -> None:
    headers, body = page.headers, page.body
    if is_known:
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        body = b""
    status = 304 if is_known else 200
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
