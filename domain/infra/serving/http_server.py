"""A uvicorn server with limits on its clients.

uvicorn leaves accepting to asyncio, which has no connection limit, gives each TLS handshake a
minute, and logs a shortage of open files thousands of times a second.
"""

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from domain.core.log import get_logger
from domain.infra.serving.connections import Connections, Place, State
from domain.infra.serving.http_protocol import HttpProtocol, Limits
from domain.infra.sleeping_server import SleepingServer

_BATCH = 64  # connections to accept before yielding
_PAUSE_S = 1.0
_HANDSHAKE_S, _GOODBYE_S = 10.0, 5.0
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = get_logger(__name__)


class Listener:
    """Accepts the connections of one socket."""

    def __init__(
        self,
        listener: socket.socket,
        connections: Connections,
        protocol: Callable[[Place], asyncio.Protocol],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._listener = listener
        self._connections = connections
        self._protocol = protocol
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resume: asyncio.TimerHandle | None = None
        self._is_exhausted = False
        listener.settimeout(0)
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Stop accepting; existing connections continue."""
        if self._resume is not None:
            self._resume.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    async def wait_closed(self) -> None:
        """Do nothing, as uvicorn waits for the connections itself."""

    def _accept(self) -> None:
        for _ in range(_BATCH):
            try:
                connection, address = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                self._is_exhausted = False
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._pause(error)
                    return
                continue  # only that client's network failed
            self._admit(connection, address[0])

    def _pause(self, error: OSError) -> None:
        """Wait for some connections to end; the socket would report the same again at once."""
        if not self._is_exhausted:
            self._is_exhausted = True
            log.error("connections_wait", error=error.strerror, hint=_HINT)
        self._loop.remove_reader(self._listener)
        self._resume = self._loop.call_later(
            _PAUSE_S, self._loop.add_reader, self._listener, self._accept
        )

    def _admit(self, connection: socket.socket, address: str) -> None:
        place = self._connections.enter(address)
        if place is None:
            connection.close()
            return
        connection.settimeout(0)
        task = self._loop.create_task(self._connect(connection, place))
        place.abort = task.cancel
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, connection: socket.socket, place: Place) -> None:
        place.state = State.NEW
        try:
            if self._tls is None:
                await self._loop.connect_accepted_socket(lambda: self._protocol(place), connection)
            else:
                await self._loop.connect_accepted_socket(
                    lambda: self._protocol(place),
                    connection,
                    ssl=self._tls,
                    ssl_handshake_timeout=_HANDSHAKE_S,
                    ssl_shutdown_timeout=_GOODBYE_S,
                )
        except OSError as error:  # a failed handshake, or the client has gone
            log.debug("connection_failed", error=str(error))
            place.leave()
        except BaseException:
            place.leave()
            raise


class Server(SleepingServer):
    """Serves on a given socket, or on the config's host and port."""

    def __init__(
        self, config: uvicorn.Config, connections: Connections, limits: Limits | None = None
    ) -> None:
        super().__init__(config)
        self.connections = connections
        self._limits = limits or Limits()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then listen."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        try:
            listeners = sockets or await _listen(self.config)
        except OSError as error:
            log.error("cannot_listen", error=str(error))
            await self.lifespan.shutdown()
            sys.exit(STARTUP_FAILURE)
        self.servers = [
            Listener(each, self.connections, self._protocol, self.config.ssl)  # type: ignore[misc]  # all that is asked of asyncio's
            for each in listeners
        ]
        self.started = True

    def _protocol(self, place: Place) -> asyncio.Protocol:
        return HttpProtocol(
            self.config,
            self.server_state,
            self.lifespan.state,
            place=place,
            limits=self._limits,
        )


async def _listen(config: uvicorn.Config) -> list[socket.socket]:
    """Return sockets for every address of the host, as asyncio makes them."""
    server = await asyncio.get_running_loop().create_server(
        asyncio.Protocol, config.host, config.port, start_serving=False
    )
    listeners = [each.dup() for each in server.sockets]
    server.close()
    for each in listeners:
        each.listen(config.backlog)
    return listeners


_HINT = (
    "This process has reached its limit on open files. New clients wait until others leave. "
    "Raise the limit (LimitNOFILE in systemd, ulimit -n in a shell)."
)
