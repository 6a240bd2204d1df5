"""Proxies the media nodes' public routes under the web's origin: one port, one certificate.

`/media/hls/{stream}/…` goes to the node that runs the stream, and so do WHIP's and WHEP's offers
and sessions below `whip/` and `whep/`. The node's response is streamed as it arrives, blocking
playlist reloads included; if the node does not answer, the player gets a Retry-After. Only public
routes are reachable: control routes use another port, and no other path is forwarded.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote

import httpx

from domain.core.errors import (
    BadInput,
    MomentsError,
    NodeUnavailable,
    NotFound,
    RateLimited,
    TooLarge,
)
from domain.core.log import get_logger
from domain.infra.rate_limit import network_of
from domain.live.nodes import Node
from webapp.auth import client_ip
from webapp.edge.asgi_types import Message, Receive, Scope, Send, respond
from webapp.edge.closing import Closing, cancel, first_of, task_of
from webapp.edge.refusal import Describe

log = get_logger(__name__)

FindNode = Callable[[str], Awaitable[Node | None]]

_ROUTE = re.compile(
    r"/media/(?P<kind>hls|whip|whep)/(?P<stream>stream_[0-9a-z]{1,40})(?P<rest>/[\w.~/-]+)?",
    re.ASCII,
)
_READING = {"GET", "HEAD", "OPTIONS"}
_SIGNALLING = _READING | {"POST", "PATCH", "DELETE"}
_MOST_BODY = 64 * 1024  # session descriptions and fragments of them
# RFC 9110, section 7.6.1; and what the server on either side writes itself.
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
    b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
}  # fmt: skip
# A viewer's cookie is ours, not the node's: access to watch is in the path. Publish keys are for
# the node, which WHIP sends as bearers; other bearers are ours.
_FOR = b"x-forwarded-for"  # tells the node which viewer it is: set by us, never by the client
_NOT_FORWARDED = _HOP_BY_HOP | {b"host", b"cookie", b"content-length", _FOR}
_KEY_SCHEME = b"bearer pk_"
_NOT_RETURNED = _HOP_BY_HOP | {b"server", b"date", b"set-cookie"}
_CORS = {"access-control-allow-origin": "*"}
# A blocking reload waits for about three target durations; a node silent for longer is gone.
_TIMEOUT = httpx.Timeout(connect=2, read=20, write=5, pool=5)
_MOST_CONNECTIONS = 2000
_LIMITS = httpx.Limits(
    max_connections=_MOST_CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=30
)


class MediaProxy:
    """Forwards viewers' requests to the nodes (ASGI)."""

    def __init__(
        self,
        find_node: FindNode,
        client: httpx.AsyncClient,
        closing: Closing,
        describe: Describe,
        most_of_address: int = _MOST_CONNECTIONS // 2,
    ) -> None:
        self._find_node = find_node
        self._client = client
        self._closing = closing
        self._describe = describe
        self._most_of_address = most_of_address
        self._open: Counter[str] = Counter()  # requests at the nodes by address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request below `/media/`."""
        route = _ROUTE.fullmatch(scope["path"])
        methods = _READING if route is None or route["kind"] == "hls" else _SIGNALLING
        if scope["method"] not in methods:
            headers = {"allow": ", ".join(sorted(methods)), **_CORS}
            body = b'{"error":"This address does not take that","code":"method_not_allowed"}'
            await respond(send, 405, body, headers=headers)
            return
        started = _Started(send)
        try:
            with self._counted(network_of(client_ip(scope))):
                await self._pass_on(scope, receive, started)
        except (MomentsError, httpx.HTTPError) as error:
            if started.is_started:
                raise  # the server cuts the connection, so the player notices the missing bytes
            await self._refuse(send, error)

    @contextmanager
    def _counted(self, address: str) -> Iterator[None]:
        """Count an address's request while it is open.

        Raises:
            RateLimited: It has too many; more would leave the others without connections.
        """
        if self._open[address] >= self._most_of_address:
            raise RateLimited(
                "Too many media requests from one address. Wait a second, then try again.",
                retry_after_s=1,
            )
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def _refuse(self, send: Send, error: Exception) -> None:
        if not isinstance(error, MomentsError):
            log.info("node_unreachable", error=type(error).__name__)
            error = NodeUnavailable(
                "The stream's media node does not answer. Try again in a moment."
            )
        refusal = self._describe(error)
        headers = {"cache-control": "no-store", **_CORS, **refusal.headers}
        await respond(send, refusal.status, refusal.body, headers=headers)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = await self._target(scope)
        has_body = scope["method"] not in _READING
        request = self._client.build_request(
            scope["method"],
            target,
            headers=_to_node(scope),
            content=await _small_body(receive) if has_body else None,
        )
        # The viewer may leave, and the server may stop, while the node holds the request.
        answering = task_of(self._answer(request, send))
        left = task_of(_until_left(receive))
        closing = task_of(self._closing.wait())
        try:
            done = await first_of(answering, left, closing)
            if answering in done:
                answering.result()
                return
            if left in done:
                return
        finally:
            await cancel(answering, left, closing)
        raise NodeUnavailable("The server is restarting. Try again in a moment.", retry_after_s=1)

    async def _target(self, scope: Scope) -> str:
        match = _ROUTE.fullmatch(scope["path"])
        rest = match["rest"] if match else None
        if match is None or (rest is None and match["kind"] == "hls") or ".." in (rest or ""):
            raise NotFound("There is no media at this address. Check the path.")
        if b"\0" in scope["query_string"] or len(scope["query_string"]) > 2000:
            raise BadInput("The query is not supported. Correct it.")
        node = await self._find_node(match["stream"])
        if node is None:
            raise NodeUnavailable(
                "No media node is running this stream right now. Try again shortly."
            )
        path = quote(scope["path"].removeprefix("/media"), safe="/.~-_")
        query = scope["query_string"].decode("latin-1")
        return f"{node.public_url.rstrip('/')}{path}{'?' + query if query else ''}"

    async def _answer(self, request: httpx.Request, send: Send) -> None:
        response = await self._client.send(request, stream=True)
        try:
            headers = [
                (k.lower(), _ours(v) if k.lower() == b"location" else v)
                for k, v in response.headers.raw
                if k.lower() not in _NOT_RETURNED
            ]
            await send(
                {
                    "type": "http.response.start",
                    "status": response.status_code,
                    "headers": headers,
                }
            )
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()


def _to_node(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers for a node: the client's, and the client's identity."""
    passed_on = [(k, v) for k, v in scope["headers"] if _is_forwarded(k.lower(), v)]
    return [*passed_on, (_FOR, client_ip(scope).encode("latin-1"))]


def _is_forwarded(name: bytes, value: bytes) -> bool:
    if name == b"authorization":
        return value[: len(_KEY_SCHEME)].lower() == _KEY_SCHEME
    return name not in _NOT_FORWARDED


def _ours(location: bytes) -> bytes:
    """Return the address of a node's session here."""
    return b"/media" + location if location.startswith((b"/whip/", b"/whep/")) else location


async def _small_body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MOST_BODY:
            raise TooLarge(
                f"The request body is larger than {_MOST_BODY // 1024} KiB. Send a smaller one."
            )
    return bytes(body)


class _Started:
    """Remembers whether a response has started."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = False

    async def __call__(self, message: Message) -> None:
        self.is_started = True
        await self._send(message)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def media_client() -> AsyncIterator[httpx.AsyncClient]:
    """Open the pool of connections to the nodes."""
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, limits=_LIMITS, follow_redirects=False, trust_env=False
    ) as client:
        yield client
