"""Public pages that are kept for a second: when they are drawn anew."""

from collections.abc import Callable
from typing import Any

import pytest

from webapp.edge.asgi_types import Message, Receive, Scope, Send, respond
from webapp.edge.headers import allow, allowed, begin_page
from webapp.edge.page_cache import PageCache

PUBLIC = {"cache-control": "public, max-age=30", "etag": '"one"'}


class Site:
    """An app that counts how often it draws, behind the cache, with a clock of its own."""

    def __init__(self) -> None:
        self.drawn = 0
        self.now_s = 0.0
        self.headers = dict(PUBLIC)
        self.status = 200
        self.content_type = "text/html; charset=utf-8"
        self.while_drawing: Callable[[], None] = lambda: None
        self.kept: list[str] = []
        self.cache = PageCache(self._draw, lambda: self.now_s, self.kept.append)

    async def _draw(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.drawn += 1
        allow(scope, "frame-src", "https://player.example/embed")
        self.while_drawing()
        body = f"page {self.drawn}".encode()
        kind = self.content_type
        await respond(send, self.status, body, content_type=kind, headers=self.headers)

    async def ask(
        self, path: str = "/m/drop", method: str = "GET", query: bytes = b"", **headers: str
    ) -> tuple[int, bytes, Any]:
        """Return a response's status, its body, and what its page may load."""
        pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": query}
        scope["headers"] = pairs
        begin_page(scope, "a nonce")
        sent: list[Any] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        await self.cache(scope, receive, send)
        return sent[0]["status"], sent[1].get("body", b""), allowed(scope)["frame-src"]


async def test_a_page_is_drawn_once_a_second() -> None:
    site = Site()
    first = await site.ask()
    assert first == (200, b"page 1", {"https://player.example"})
    site.now_s = 0.9
    assert await site.ask() == first
    assert await site.ask(if_none_match='"one"') == (304, b"", first[2])
    assert await site.ask(if_none_match='"other"') == first
    assert site.kept == ["/m/drop"] * 3
    site.now_s = 1.0
    assert (await site.ask())[1] == b"page 2"


async def test_visitors_who_have_a_page_let_it_be_kept() -> None:
    site = Site()
    for _ in range(3):
        assert (await site.ask(if_none_match='"one"'))[:2] == (304, b"")
    assert (await site.ask())[1] == b"page 1"


async def test_addresses_are_kept_apart() -> None:
    site = Site()
    bodies = [(await site.ask(path))[1] for path in ("/m/a", "/m/b", "/t/a")]
    bodies.append((await site.ask("/m/a", query=b"x=1"))[1])
    assert len(set(bodies)) == 4


async def test_a_change_is_seen_at_once() -> None:
    site = Site()
    await site.ask()
    site.cache.clear()
    assert (await site.ask())[1] == b"page 2"
    await site.ask("/m/drop/report", "POST")
    assert (await site.ask())[1] == b"page 4"
    site.cache.clear()
    site.while_drawing = site.cache.clear  # it changes under the pen
    await site.ask()
    assert (await site.ask())[1] == b"page 6"


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"cache-control": "no-store", "etag": '"one"'}},
        {"headers": {"cache-control": "public, max-age=30"}},
        {"headers": {**PUBLIC, "set-cookie": "a=b"}},
        {"status": 404},
        {"content_type": "video/mp4"},
    ],
)
async def test_what_is_not_for_everybody_is_not_kept(change: dict[str, Any]) -> None:
    site = Site()
    for name, value in change.items():
        setattr(site, name, value)
    await site.ask()
    await site.ask()
    assert site.drawn == 2


@pytest.mark.parametrize(("path", "method"), [("/live/demo", "GET"), ("/s/token", "HEAD")])
async def test_other_requests_pass(path: str, method: str) -> None:
    site = Site()
    await site.ask(path, method)
    await site.ask(path, method)
    assert site.drawn == 2


async def test_memory_is_bounded() -> None:
    site = Site()
    for n in range(600):
        await site.ask(f"/m/{n}")
    assert (await site.ask("/m/599"))[1] == b"page 600"
    assert (await site.ask("/m/0"))[1] == b"page 601"
