"""An RTMP connection: handshake, chunks and acknowledgements (RTMP 1.0, section 5).

Nothing here waits for the peer: bytes are processed as they arrive. Messages are delivered one by
one, in order; the receiver may pause them for a while.
"""

import asyncio
import socket
import time
from collections import deque
from typing import Protocol, cast

from domain.core.log import get_logger
from domain.infra.rate_limit import network_of
from media_server.ingest.rtmp import chunks
from media_server.ingest.rtmp.answers import WINDOW, Answers
from media_server.ingest.rtmp.chunks import ChunkReader, Message, control
from media_server.ingest.rtmp.errors import ProtocolError
from media_server.ingest.rtmp.handshake import Greeting
from media_server.ingest.rtmp.pre_publish_limits import PrePublishLimits

_COMMAND_BYTES, _MEDIA_BYTES = 64 * 1024, 8 * 1024 * 1024
_LEAST_WINDOW = 16_384
_OUR_KINDS = frozenset({chunks.WINDOW_SIZE, chunks.USER_CONTROL})
_PING, _PONG = b"\0\6", b"\0\7"  # user control events
# A peer that vanished without a word is noticed in 30 s; one that is only silent stays.
_KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

log = get_logger(__name__)


class Receiver(Protocol):
    """Receives a connection's messages."""

    stream_id: str | None

    def came(self) -> bool:
        """Register the connection; return whether it may stay."""
        ...

    def take(self, message: Message) -> None:
        """Process a message: a command, data or media.

        Raises:
            ProtocolError: It violates the protocol; the connection closes.
        """
        ...

    def lost(self) -> None:
        """Note that the connection has closed."""
        ...


class Connection(asyncio.Protocol):
    """One connection and its limits."""

    def __init__(self, receiver: Receiver) -> None:
        self.network = ""  # the peer's address, or the /64 around it
        self._received = 0
        self.limits = PrePublishLimits()
        self.answers = Answers()
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._reader = ChunkReader(_COMMAND_BYTES, self.limits.spend)
        self._greeting: Greeting | None = Greeting()
        self._waiting: deque[Message] = deque()
        self._is_held = False
        self._window, self._acknowledged = WINDOW, 0

    @property
    def is_greeting(self) -> bool:
        """Whether the handshake is still pending."""
        return self._greeting is not None

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's has none of asyncio's classes
        self.answers.begin(self._transport)
        _keep_alive(transport.get_extra_info("socket"))
        peer = transport.get_extra_info("peername")
        self.network = network_of(peer[0]) if peer else ""
        if not self._receiver.came():
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._transport = None
        self._receiver.lost()

    def data_received(self, data: bytes) -> None:
        """Process received bytes."""
        self._received += len(data)
        try:
            self.limits.take(len(data), time.monotonic())
            if self._greeting is not None:
                data = self._greet(self._greeting, data)
            if data:
                self._waiting += self._reader.feed(data)
                if self._waiting:
                    self._hand_on()
            if self._received - self._acknowledged >= self._window // 2:
                self._acknowledge()
        except ProtocolError as error:
            self.refused(str(error))
        except Exception:
            log.exception("rtmp_peer_failed")  # this peer's failure must not affect others
            self.abort()

    # Calls from its receiver

    def hold(self) -> None:
        """Pause messages until `go_on`."""
        self._is_held = True
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Resume messages; the waiting ones are delivered at once."""
        self._is_held = False
        if self._transport is not None:
            self._transport.resume_reading()
        try:
            self._hand_on()
        except ProtocolError as error:
            self.refused(str(error))

    def publishes(self, now_s: float) -> None:
        """Raise the limits to those of a publisher."""
        self._reader.most_bytes = _MEDIA_BYTES
        self.limits.publishes(now_s)

    def refused(self, reason: str) -> None:
        """Close at once, and log why."""
        log.info("rtmp_peer_refused", reason=reason, stream=self._receiver.stream_id)
        self.abort()

    def close(self) -> None:
        """Close after sending what is queued."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # Bytes

    def _greet(self, greeting: Greeting, data: bytes) -> bytes:
        """Process the handshake; return the bytes after it."""
        answer = greeting.feed(data)
        if answer and self._transport is not None:
            self._transport.write(answer)
        if greeting.rest is None:
            return b""
        self._greeting = None
        return greeting.rest

    def _acknowledge(self) -> None:
        if self._greeting is None:
            self._acknowledged = self._received
            self.answers.send(control(chunks.ACKNOWLEDGEMENT, self._received & 0xFFFFFFFF), 2)

    # Messages

    def _hand_on(self) -> None:
        while self._waiting and not self._is_held:
            if self._transport is None or self._transport.is_closing():
                self._waiting.clear()
                return
            message = self._waiting.popleft()
            if message.kind in _OUR_KINDS:
                self._control(message)
            else:
                self._receiver.take(message)

    def _control(self, message: Message) -> None:
        if message.kind == chunks.WINDOW_SIZE and len(message.body) == 4:
            self._window = max(_LEAST_WINDOW, int.from_bytes(message.body, "big"))
        elif message.kind == chunks.USER_CONTROL and message.body[:2] == _PING:
            body = bytearray(_PONG) + message.body[2:6]
            self.answers.send(Message(chunks.USER_CONTROL, 0, 0, body), 2)


def _keep_alive(connection: socket.socket | None) -> None:
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
