"""Redirects requests for a stream to the node that runs it.

Streams move when a node dies or drains. A player or publisher with the old address gets 307 and the
new one, which preserves method and body (HLS, WHIP and WHEP alike). The web process never needs
this: it asks the registry, at most a second late, and then asks its viewer to retry.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from domain.core.errors import MomentsError, NotFound
from domain.core.log import get_logger
from domain.live.nodes import Node
from media_server.relay.registry import Registry

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Find = Callable[[str], Awaitable[Node | None]]

_STREAM = re.compile(r"/(?:hls|whip|whep)/(stream_[0-9a-z]{1,40})(?:/.*)?", re.ASCII)
_PATIENCE_S = 2.0
_CORS = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b"Location, Retry-After")

log = get_logger(__name__)


@dataclass(frozen=True)
class StreamRedirect:
    """ASGI middleware in front of the public routes."""

    app: App
    registry: Registry
    find: Find
    reconcile: Callable[[], Awaitable[None]]
    node_id: str
    is_direct: bool  # browsers reach this node without the web process
    origin: str  # the web process's

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the routes, or redirect it."""
        stream_id = self._absent(scope)
        node = await self._asked(stream_id) if stream_id is not None else None
        if node is not None and node.id == self.node_id:
            await self.reconcile()  # the registry has just assigned it to this node
        elif node is not None:
            await self._answer(scope, node, send)
            return
        await self.app(scope, receive, send)

    def _absent(self, scope: Scope) -> str | None:
        """Return a request's stream if another node runs it."""
        if scope["type"] != "http" or scope["method"] == "OPTIONS":  # never redirect a preflight
            return None
        match = _STREAM.fullmatch(scope["path"])
        if match is None:
            return None
        try:
            self.registry.get(match[1])
        except NotFound:
            return match[1]
        return None

    async def _asked(self, stream_id: str) -> Node | None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self.find(stream_id)
        except (MomentsError, OSError, TimeoutError):
            return None

    async def _answer(self, scope: Scope, node: Node, send: Send) -> None:
        headers = [_CORS, _EXPOSED, (b"cache-control", b"no-store"), (b"content-length", b"0")]
        if node.media_url is None and not self.is_direct:
            status, extra = 503, (b"retry-after", b"1")
        else:
            base = (node.media_url or f"{self.origin}/media").rstrip("/")
            path = scope.get("raw_path") or scope["path"].encode()
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            status, extra = 307, (b"location", base.encode() + path.partition(b"?")[0] + query)
        start = {"type": "http.response.start", "status": status, "headers": [*headers, extra]}
        await send(start)
        await send({"type": "http.response.body", "body": b""})
