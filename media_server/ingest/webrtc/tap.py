"""The tap: reads a publisher's packets straight from the socket.

aiortc handles the session description, ICE and DTLS. Its media path (a queue, a task switch, an
object per packet, a decoder thread) is bypassed: SRTP is decrypted here and passed on in the same
call. `relay/webrtc/aiortc_internals.py` lists the private names that this needs; without them the
slower `fallback.py` takes over.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pylibsrtp
from aiortc import RTCPeerConnection

from domain.core.log import get_logger
from media_server.ingest.webrtc.unprotect import Opener
from media_server.relay.webrtc.aiortc_internals import ice_connections

_MOST_EARLY = 64  # packets that overtake the end of the handshake

log = get_logger(__name__)


class Tap:
    """Receives the media packets of one peer connection, and sends feedback through it."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        self._connection = connection
        self._dtls: Any = connection.getTransceivers()[0].receiver.transport
        self._ice: Any = self._dtls.transport
        self._on_rtp: Callable[[bytes], None] = _ignore
        self._on_rtcp: Callable[[bytes], None] = _ignore
        self._early: list[bytes] = []
        self._open: Callable[[bytes], bytes | None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def open(self, on_rtp: Callable[[bytes], None], on_rtcp: Callable[[bytes], None]) -> None:
        """Start; call it after setting the local description, when all sockets exist."""
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp
        for transceiver in self._connection.getTransceivers():
            receiver: Any = transceiver.receiver
            receiver.receive = _receive_nothing
        for each in ice_connections(self._connection):
            for protocol in each._protocols:
                protocol.datagram_received = _demultiplexer(
                    protocol.datagram_received, self._datagram
                )

    def _datagram(self, data: bytes) -> None:
        if self._is_closed:
            return
        unprotect = self._open
        if unprotect is None:
            session = self._dtls._rx_srtp
            if session is None:
                if len(self._early) < _MOST_EARLY:
                    self._early.append(data)
                return
            self._open = unprotect = Opener(session).open
            early, self._early = self._early, []
            for packet in early:
                self._datagram(packet)
        if len(data) > 1 and 192 <= data[1] <= 223:
            self._control(data)
            return
        opened = unprotect(data)
        if opened is not None:  # else it is not from the publisher, or a replay
            self._on_rtp(opened)

    def _control(self, data: bytes) -> None:
        try:
            opened = self._dtls._rx_srtp.unprotect_rtcp(data)
        except (pylibsrtp.Error, ValueError):  # a ValueError: longer than any packet
            return
        self._on_rtcp(opened)

    def send(self, rtcp: bytes) -> None:
        """Send a compound RTCP packet, or nothing if the peer has gone."""
        if self._is_closed or self._dtls.state != "connected":
            return
        task = asyncio.get_running_loop().create_task(self._send(rtcp))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, rtcp: bytes) -> None:
        try:
            await self._dtls._send_rtp(rtcp)
        except (ConnectionError, pylibsrtp.Error) as error:
            log.debug("feedback_not_sent", error=type(error).__name__)

    def close(self) -> None:
        """Stop receiving."""
        self._is_closed = True
        self._early.clear()
        for task in self._sending:
            task.cancel()


def _demultiplexer(
    others: Callable[[bytes, Any], None], media: Callable[[bytes], None]
) -> Callable[[bytes, Any], None]:
    """Distinguish media from the rest by the first byte (RFC 7983)."""

    def received(data: bytes, address: object) -> None:
        if data and 128 <= data[0] <= 191:
            media(data)
        else:
            others(data, address)

    return received


def _ignore(_data: bytes) -> None:
    """Replaces a receiver that does not exist yet."""


async def _receive_nothing(_parameters: object) -> None:
    """Replaces the receiver's start: no decoder thread, no second reader of the packets."""
