"""A real HTTP server on a real socket, an app controlled by tests, and a skippable clock.

The loop's clock can be advanced, so no test waits and none depends on the machine's speed.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import uvicorn

from domain.infra.serving.connections import Connections
from domain.infra.serving.http_server import Server
from webapp.edge.asgi_types import Receive, Scope, Send

T = TypeVar("T")
_PATIENCE_S = 20


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock tests can advance."""

    offset_s = 0.0

    def time(self) -> float:
        """Return the time with all jumps."""
        return super().time() + self.offset_s

    async def jump(self, seconds: float) -> None:
        """Advance the clock and run what is due."""
        await settle()
        self.offset_s += seconds
        await settle()


async def settle() -> None:
    """Let the loop read its sockets and run its callbacks a few times."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object]) -> None:
    """Return when a condition holds.

    Raises:
        TimeoutError: It never held.
    """
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await settle()


def run(scenario: Callable[[JumpingLoop], Awaitable[T]]) -> T:
    """Run a scenario in a new loop."""

    async def main() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        return await scenario(loop)

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())


@dataclass
class App:
    """Answers `/`, `/upload`, `/events`, `/hold`, `/large`, `/refuse` and WebSockets."""

    received: int = 0  # bytes of bodies
    begun: int = 0  # requests
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    left: int = 0  # clients that left before their response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        if scope["type"] == "websocket":
            await self._echo(receive, send)
            return
        answer = getattr(self, "_" + scope["path"].strip("/"), self._ok)
        await answer(receive, send)

    async def _ok(self, _receive: Receive, send: Send) -> None:
        await _respond(send, b"ok")

    async def _refuse(self, _receive: Receive, send: Send) -> None:
        await _respond(send, b"no", 401)

    async def _upload(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            self.received += len(message["body"])
            if not message["more_body"]:
                await _respond(send, b"%d" % self.received)
                return

    async def _late(self, receive: Receive, send: Send) -> None:
        """Read the body only when a test says so."""
        await self.go_on.wait()
        await self._upload(receive, send)

    async def _hold(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.go_on.wait()
        await _respond(send, b"held")

    async def _events(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"last"})

    async def _large(self, _receive: Receive, send: Send) -> None:
        await _respond(send, LARGE)

    async def _echo(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})


LARGE = bytes(16 * 1024 * 1024)  # more than sockets buffer


async def _respond(send: Send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Server(Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Serving:
    """A running server."""

    app: App
    port: int
    connections: Connections
    tls: ssl.SSLContext | None = None
    clients: list["Client"] = field(default_factory=list)

    async def open(self, data: bytes = b"", *, source: str | None = None) -> "Client":
        """Connect from an address of this machine, and send something."""
        loop, local = asyncio.get_running_loop(), (source, 0) if source else None
        _, client = await loop.create_connection(
            Client, "127.0.0.1", self.port, local_addr=local, ssl=self.tls
        )
        self.clients.append(client)
        await client.send(data)
        return client


class Client(asyncio.Protocol):
    """One connection, and the bytes received over it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep received bytes."""
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server has closed."""
        self.is_closed = True

    async def send(self, data: bytes) -> None:
        """Send, and let the server process it."""
        self.transport.write(data)
        await settle()

    async def rest(self) -> bytes:
        """Return all bytes until the server closes."""
        await until(lambda: self.is_closed)
        return bytes(self.data)

    async def until(self, end: bytes) -> bytes:
        """Return the bytes up to a delimiter."""
        await until(lambda: end in self.data or self.is_closed)
        found, _, rest = bytes(self.data).partition(end)
        assert end in self.data, found
        self.data[:] = rest
        return found + end

    async def get(self, path: str = "/") -> bytes:
        """Request a small page and return its response."""
        await self.send(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        return await self.until(b"ok")


@contextlib.asynccontextmanager
async def serving(
    connections: Connections | None = None, certificate: tuple[Path, Path] | None = None
) -> AsyncIterator[Serving]:
    """Serve the app on a free port."""
    app, listener = App(), socket.create_server(("127.0.0.1", 0), backlog=512)
    if connections is None:
        connections = Connections(1000, 1000)
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
        ws_ping_interval=None,
        ssl_certfile=certificate and certificate[0],
        ssl_keyfile=certificate and certificate[1],
    )
    server = _Server(config, connections)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    tls = _trusting() if certificate else None
    served = Serving(app, listener.getsockname()[1], connections, tls)
    try:
        yield served
    finally:
        for client in served.clients:
            client.transport.abort()
        app.go_on.set()
        server.should_exit = server.force_exit = True
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        while not task.done():
            await loop.jump(0.1)


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
