"""Wraps every request: an id, one log line, metrics, and security headers.

It is plain ASGI, so that it covers both frameworks and the proxy. It logs the path (with the tokens
in it hidden), never a query, a header or a body.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from domain.core.log import get_logger
from webapp.edge.asgi_types import ASGIApp, Message, Receive, Scope, Send, header
from webapp.edge.headers import Policy, begin_page

log = get_logger(__name__)

LEFT = 499  # nginx's status for a client that left before the response
_QUIET = ("/static/", "/_nicegui/", "/health", "/metrics", "/media/")
_exchange: ContextVar["_Exchange"] = ContextVar("exchange")


class ClientLeft(Exception):  # noqa: N818 (nobody's error)
    """The client left before its request was complete: nobody waits for a response."""


def log_failure(path: str, error: BaseException) -> None:
    """Log a failure of ours, with its traceback; a client that left is no failure.

    Frameworks wrap that exception on its way out, so the exchange remembers it.
    """
    exchange = _exchange.get(None)
    if exchange is None or not exchange.has_left:
        log.error("request_failed", path=path, exc_info=error)


def request_id() -> str:
    """Return the current request's id."""
    exchange = _exchange.get(None)
    return "-" if exchange is None else exchange.id


def _new_id(scope: Scope) -> str:
    """Use a front proxy's id if it is well-formed, else create one."""
    given = header(scope, "x-request-id") or ""
    if 8 <= len(given) <= 64 and given.replace("-", "").isalnum() and given.isascii():
        return given
    return secrets.token_hex(8)


_AREAS = frozenset(
    {"api", "health", "metrics", "files", "media", "m", "s", "live", "static", "oembed"}
)


def area_of(path: str) -> str:
    """Return the part of the app that a path belongs to: a few label values for the metrics."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    if first in _AREAS:
        return first
    return "pages"


class Meters:
    """The web process's own metrics."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.requests = Counter(
            "moments_http_requests_total",
            "Requests answered.",
            ("area", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "moments_http_request_seconds",
            "Time to the end of the response.",
            ("area",),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.active = Gauge(
            "moments_http_active",
            "Open requests and sockets.",
            ("area",),
            registry=self.registry,
        )

    @staticmethod
    def process_registry() -> CollectorRegistry:
        """Return a registry that includes the process's and its libraries' metrics."""
        return REGISTRY


@dataclass(slots=True)
class _Exchange:
    """One request in progress."""

    scope: Scope
    id: str
    status: int = 0
    has_left: bool = False
    started: float = field(default_factory=time.monotonic)


class Access:
    """The outermost wrapper."""

    def __init__(
        self,
        app: ASGIApp,
        meters: Meters,
        policy: Policy,
        nodes: Callable[[], Awaitable[Collection[str]]],
    ) -> None:
        self._app = app
        self._nodes = nodes
        self._meters = meters
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a socket, and log a line about it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, _new_id(scope))
        if self._policy.is_page(scope["path"]):
            begin_page(scope, secrets.token_urlsafe(16))
        token = _exchange.set(exchange)
        area = area_of(scope["path"])
        self._meters.active.labels(area).inc()
        with structlog.contextvars.bound_contextvars(request_id=exchange.id):
            try:
                await self._app(scope, _receiver(exchange, receive), self._sender(exchange, send))
            except Exception:
                if not exchange.has_left:
                    raise
            finally:
                self._meters.active.labels(area).dec()
                self._record(exchange, area)
                _exchange.reset(token)

    def _sender(self, exchange: _Exchange, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                is_page = self._policy.is_page(exchange.scope["path"])
                message["headers"] = self._policy.apply(
                    exchange.scope,
                    list(message.get("headers", ())),
                    exchange.id,
                    await self._nodes() if is_page else (),
                )
            elif message["type"] == "websocket.accept":
                exchange.status = 101
            elif message["type"] == "websocket.close" and not exchange.status:
                exchange.status = 403
            await send(message)

        return wrapped

    def _record(self, exchange: _Exchange, area: str) -> None:
        method = exchange.scope.get("method", "WEBSOCKET")
        seconds = time.monotonic() - exchange.started
        status = LEFT if exchange.has_left else exchange.status or LEFT
        known = method if method in _METHODS else "OTHER"
        self._meters.requests.labels(area, known, str(status)).inc()
        self._meters.seconds.labels(area).observe(seconds)
        path = exchange.scope["path"]
        level = "debug" if path.startswith(_QUIET) and status < 500 else "info"
        client = exchange.scope.get("client") or ("-",)
        getattr(log, level)(
            "request",
            method=method,
            path=path,
            status=status,
            ms=round(seconds * 1000, 1),
            client=client[0],
        )


def _receiver(exchange: _Exchange, receive: Receive) -> Receive:
    """Return a `receive` that raises if the client leaves in the middle of its request.

    The frameworks treat that as an internal error, or as the end of a body.
    """
    is_whole = False

    async def wrapped() -> Message:
        nonlocal is_whole
        message = await receive()
        if message["type"] == "http.request":
            is_whole = not message.get("more_body", False)
        elif message["type"] == "http.disconnect" and not (is_whole or exchange.status):
            exchange.has_left = True
            raise ClientLeft
        return message

    return wrapped


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"})
