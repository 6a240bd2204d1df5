"""HTTP/1.1 with limits on what a client may send and how slowly; uvicorn has none.

A head has a size limit and a deadline. A body has a minimum rate instead of a deadline, because a
legitimate one may be large and its network slow; while the app does not read, the client is not
blamed. Responses are unlimited: long polls, event streams and slow readers are fine.
"""

import asyncio
import functools
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from domain.infra.serving.connections import Place, State


@dataclass(frozen=True, slots=True)
class Limits:
    """A server's limits."""

    head_bytes: int = 64 * 1024  # of a head, of a body's trailers, of the framing between its bytes
    head_s: float = 20  # from the connection, or a head's first byte, to its end
    body_s: float = 30  # in each such period a body must deliver `body_bytes` or end
    body_bytes: int = 15_000  # 500 a second: less than the slowest mobile network
    pipelined: int = 32  # pipelined requests behind the current one


class _TooMuchError(Exception):
    """Tells the parser to stop."""


class _Flow(FlowControl):
    """Remembers pauses of reading, when the client could not send."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self.was_paused = False

    def pause_reading(self) -> None:
        self.was_paused = True
        super().pause_reading()


class _Joining:
    """What a response is written to: its head is sent together with the bytes after it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head: bytes | None = b""  # until the first bytes; None after the second

    def write(self, data: bytes) -> None:
        """Send bytes; the first ones wait for the next, but not for the app's."""
        if self._head is None:
            self._transport.write(data)
        elif self._head:
            self._transport.write(self._head + data)
            self._head = None
        else:
            self._head = data
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._head:
            self.write(b"")

    def is_closing(self) -> bool:
        """Return whether the connection is closing."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close after everything is sent."""
        self._flush()
        self._transport.close()


class HttpProtocol(HttpToolsProtocol):
    """One connection and its limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        place: Place,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._place, self._limits = place, limits
        self._reading: _Flow | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._in_body = False
        self._unparsed = 0  # bytes since the last body byte or end of a head
        self._received = 0  # bytes of the body since the timer was set
        self._status = HTTPStatus.BAD_REQUEST  # of the response to a parse error

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start, and wait for a head."""
        super().connection_made(transport)
        self.flow = self._reading = _Flow(transport)
        self._place.state, self._place.abort = State.NEW, transport.abort
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._stop_timer()
        self._place.leave()

    def data_received(self, data: bytes) -> None:
        """Process received bytes, within limits."""
        if self.transport.is_closing():
            return
        self._unparsed += len(data)
        super().data_received(data)
        if not self._unparsed and not self._in_body:  # whole requests, the usual case
            return
        if self.transport.is_closing():
            return
        if self._unparsed > self._limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None:
            self._set_timer()

    # Callbacks of the parser

    def on_headers_complete(self) -> None:
        """Start a request, unless its head is too large or too many are queued."""
        if self._unparsed > self._limits.head_bytes and self._head_size() > self._limits.head_bytes:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _TooMuchError
        if len(self.pipeline) >= self._limits.pipelined:
            raise _TooMuchError
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.transport = _Joining(self.transport, self.loop)  # type: ignore[assignment]  # all that it uses
        self._stop_timer()
        self._in_body, self._unparsed = True, 0
        self._place.state = State.BUSY

    def on_body(self, body: bytes) -> None:
        """Process a part of a body."""
        self._unparsed = 0
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request's bytes."""
        self._stop_timer()
        self._in_body, self._unparsed = False, 0
        super().on_message_complete()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    # Callbacks of uvicorn

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be parsed."""
        self._refuse(self._status)

    def on_response_complete(self) -> None:
        """Let the connection be evicted once its response is sent."""
        super().on_response_complete()
        is_over = self.cycle.response_complete and not self._in_body
        if is_over and not self.transport.get_write_buffer_size():
            self._place.state = State.IDLE

    def handle_websocket_upgrade(self) -> None:
        """Hand over the connection and its slot."""
        self._stop_timer()
        self.ws_protocol_class = functools.partial(  # type: ignore[assignment]  # made from it
            _WebSocket, place=self._place
        )
        super().handle_websocket_upgrade()
        made = self.transport.get_protocol()
        has_begun = isinstance(made, _WebSocket) and made.handshake_initiated
        if not has_begun and not self.transport.is_closing():
            self._refuse(
                HTTPStatus.BAD_REQUEST
            )  # it announces a body, which no such request may have

    # Deadlines

    def _set_timer(self) -> None:
        delay = self._limits.body_s if self._in_body else self._limits.head_s
        self._received = 0
        self._timer = self.loop.call_later(delay, self._time_is_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._may_go_on():
            self._set_timer()
        elif self._place.state is State.NEW and not self._unparsed:
            self.transport.close()  # no request is pending
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _may_go_on(self) -> bool:
        cycle = self._current()
        if not self._in_body:  # its next head can wait for this response
            return cycle is not None and not cycle.response_complete
        flow = self._reading
        was_paused = flow is not None and flow.was_paused
        if flow is not None:
            flow.was_paused = flow.read_paused
        return (
            was_paused
            or (cycle is not None and cycle.waiting_for_100_continue)
            or self._received >= self._limits.body_bytes
        )

    # Refusals

    def _refuse(self, status: HTTPStatus) -> None:
        """Respond, if no other response is in progress, and close."""
        self._stop_timer()
        if not self._can_answer():
            self.transport.abort()
            return
        body = f"{status.phrase}.".encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()

    def _can_answer(self) -> bool:
        if self.pipeline or self.transport.get_write_buffer_size():
            return False
        cycle = self._current()
        if cycle is None:
            return True
        return not cycle.response_started if self._in_body else cycle.response_complete

    def _current(self) -> RequestResponseCycle | None:
        return self.cycle  # None before the first request, despite uvicorn's type


class _WebSocket(WebSocketsSansIOProtocol):
    """Keeps the slot of the original connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        place: Place,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._place = place

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._place.leave()
