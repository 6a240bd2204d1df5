"""The web process: one ASGI app that dispatches each request to the right framework.

Litestar serves the API, files and public pages; NiceGUI serves the rest; the media nodes' routes
and our static files are plain ASGI. Mounting one framework in the other breaks routes and sockets,
so a dispatcher checks the path, and enters every part's lifespan in turn (docs/adr).
"""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from domain import bootstrap
from domain.bootstrap import Services
from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.infra.serving import http_server, open_files
from domain.infra.serving.connection_metrics import ConnectionFigures
from domain.infra.serving.connections import LOOPBACK, Connections
from webapp.api.app import OPERATIONS, api_router, openapi
from webapp.api.errors import describe, handle
from webapp.api.files import files_router
from webapp.app import PARTS
from webapp.assets import serve_static
from webapp.auth import Gatekeeper, keeping
from webapp.edge.access import Access, Meters
from webapp.edge.asgi_types import ASGIApp, Receive, Scope, Send, header, respond
from webapp.edge.closing import Closing
from webapp.edge.headers import PUBLIC, Policy
from webapp.edge.lifespan import lifespan
from webapp.edge.page_cache import PageCache
from webapp.pages import create_pages_app
from webapp.proxy import MediaProxy, media_client
from webapp.public.app import public_router
from webapp.public.shares import view_counter

log = get_logger(__name__)

# Grace period of long responses once the server stops.
GRACE_S = 2
_POLLED = "/_nicegui_ws/"
_LITESTAR = ("/api/", "/files/", *PUBLIC)
_LITESTAR_WHOLE = frozenset(
    {"/api", "/health", "/metrics", "/oembed", "/robots.txt", "/sitemap.xml"}
)


def create_litestar(
    services: Services, gatekeeper: Gatekeeper, meters: Meters, closing: Closing
) -> Litestar:
    """Return the app for data and public pages."""
    return Litestar(
        route_handlers=[
            api_router(),
            files_router(),
            public_router(describe),
            *OPERATIONS,
        ],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers={Exception: handle},
        openapi_config=openapi(),
        state=State(
            {
                "services": services,
                "gatekeeper": gatekeeper,
                "meters": meters,
                "closing": closing,
            },
            deep_copy=False,
        ),
        logging_config=None,
        debug=False,
    )


class Dispatcher:
    """Dispatches each request to its part."""

    def __init__(
        self,
        *,
        litestar: ASGIApp,
        pages: ASGIApp,
        proxy: ASGIApp,
        policy: Policy,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._litestar = litestar
        self._pages = pages
        self._proxy = proxy
        self._policy = policy
        self._gatekeeper = gatekeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a socket."""
        send = keeping(scope, send)
        if scope["type"] == "http" and scope["path"].startswith("/api"):
            preflight = self._policy.preflight(scope)
            if preflight is not None:
                await respond(send, 204, b"", headers=preflight)
                return
        part = self._part(scope["path"])
        # Its framework would trust any client's claim about the app's root path.
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-prefix"]
        if scope["type"] == "websocket" and not self._takes_socket(part, scope):
            await send({"type": "websocket.close", "code": 4403, "reason": "No WebSocket here"})
            return
        if scope["path"].startswith(_POLLED) and not self._may_poll(scope):
            await respond(send, 403, b"Foreign origin", content_type="text/plain")
            return
        await part(scope, receive, send)

    def _part(self, path: str) -> ASGIApp:
        if path.startswith(_LITESTAR) or path in _LITESTAR_WHOLE:
            return self._litestar
        if path.startswith("/media/"):
            return self._proxy
        if path.startswith("/static/"):
            return serve_static
        return self._pages

    def _may_poll(self, scope: Scope) -> bool:
        """Return whether a caller may use the pages' socket over plain requests.

        A browser always sends a foreign page's origin, and ours on writes.
        """
        origin = header(scope, "origin")
        if origin is None:
            return bool(scope["type"] == "websocket" or scope["method"] == "GET")
        return self._gatekeeper.is_ours(origin, header(scope, "host"))

    def _takes_socket(self, part: ASGIApp, scope: Scope) -> bool:
        """Return whether a part uses sockets, and accepts this one's origin.

        The API checks each itself. The pages' sockets rely on the cookie, and their framework
        accepts every origin: so only our own pages may open them.
        """
        if part is not self._pages:
            return part is self._litestar
        origin = header(scope, "origin")
        return origin is not None and self._gatekeeper.is_ours(origin, header(scope, "host"))


@asynccontextmanager
async def running(settings: Settings, closing: Closing, meters: Meters) -> AsyncIterator[ASGIApp]:
    """Open the services once, start every part on them, and yield the app."""
    policy = Policy.from_settings(settings)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(bootstrap.running(settings, "web"))
        gatekeeper = Gatekeeper(services.accounts, settings, services.vms)
        litestar: Any = create_litestar(services, gatekeeper, meters, closing)
        pages: Any = create_pages_app(services, PARTS)
        await stack.enter_async_context(lifespan(litestar))
        await stack.enter_async_context(lifespan(pages))
        client = await stack.enter_async_context(media_client())
        public = PageCache(litestar, on_kept=view_counter(services))
        services.events.on_change(public.clear)
        dispatcher = Dispatcher(
            litestar=public,
            pages=pages,
            proxy=MediaProxy(services.nodes.of_stream, client, closing, describe),
            policy=policy,
            gatekeeper=gatekeeper,
        )
        yield Access(dispatcher, meters, policy, services.nodes.media_urls)


class App:
    """The ASGI app as a server runs it: its parts exist between start-up and shutdown."""

    def __init__(self, settings: Settings) -> None:
        self.closing = Closing()
        self.meters = Meters()
        self._settings = settings
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the server's events."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._app is None:
            raise RuntimeError("The app is not started: the server must drive its lifespan")
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with running(self._settings, self.closing, self.meters) as app:
                self._app = app
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self.closing.begin()
        except Exception as error:
            kind = "shutdown" if self._app else "startup"
            log.exception("web_failed", step=kind)
            await send({"type": f"lifespan.{kind}.failed", "message": str(error)})
            raise
        finally:
            self._app = None
        await send({"type": "lifespan.shutdown.complete"})


def create_app(settings: Settings) -> App:
    """Return the web process's ASGI app."""
    return App(settings)


class Server(http_server.Server):
    """A server that tells long responses to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, app: App, connections: Connections) -> None:
        super().__init__(config, connections)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and spare every later garbage collection what was made for it and stays.

        A full collection stopped all requests for some 50 ms.
        """
        await super().startup(sockets)
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop within `GRACE_S` plus the lifespans' shutdown."""
        self._app.closing.begin()
        await super().shutdown(sockets)


def create_server(settings: Settings) -> Server:
    """Return the web server; by default it trusts no client's claim about its address."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        loop="asyncio",  # uvloop slows large bodies, which are most of our output
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_max_size=4 * 1024 * 1024,
    )
    # The other half is for the connections to media nodes that viewers cause.
    connections = Connections(
        open_files.limit() // 2,
        settings.connections_per_address,
        (*LOOPBACK, *settings.trusted_proxies),
    )
    app.meters.registry.register(ConnectionFigures(web=connections))
    return Server(config, app, connections)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    server = create_server(settings)
    asyncio.run(server.serve())
