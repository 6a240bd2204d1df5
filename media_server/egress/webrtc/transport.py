"""Sends to one viewer: encrypts in the shared buffer, writes to the ICE pair's own socket."""

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol

from pylibsrtp import Error, Session

from domain.core.log import get_logger
from media_server.egress.webrtc.send_buffer import SendBuffer, context_of, tag_bytes
from media_server.egress.webrtc.units import Block

# The errors of a kernel or network device without segmentation offload.
_NO_OFFLOAD: Final = frozenset(
    {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.EMSGSIZE}
)
_OK = 0

log = get_logger(__name__)


class Way(Protocol):
    """A destination of datagrams; raises BlockingIOError when its buffer is full."""

    def send_block(self, block: Block) -> None:
        """Send a protected block from the send buffer."""

    def send(self, datagram: bytes | memoryview) -> None:
        """Send one datagram."""

    def close(self) -> None:
        """Release the socket."""


class SocketWay:
    """Directly to the kernel: one call per block if segmentation offload is available."""

    def __init__(self, fileno: int, address: tuple[str, int], *, offload: bool) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))
        self._address = address
        self.offload = offload

    def send_block(self, block: Block) -> None:
        """Send a block."""
        if self.offload and block.ancillary:
            try:
                self._socket.sendmsg((block.whole,), block.ancillary, 0, self._address)
            except OSError as error:
                if error.errno not in _NO_OFFLOAD:
                    raise
                self.offload = False
                log.info("segmentation_offload_off", why=error.strerror)
            else:
                return
        sendto, address = self._socket.sendto, self._address
        for view in block.views:
            sendto(view, address)

    def send(self, datagram: bytes | memoryview) -> None:
        """Send one datagram."""
        self._socket.sendto(datagram, self._address)

    def close(self) -> None:
        """Release our reference to the socket."""
        self._socket.close()


class RelayWay:
    """Through a TURN server, as aioice does it."""

    def __init__(self, transport: Any, address: tuple[str, int]) -> None:  # noqa: ANN401 (aioice's own)
        self._sendto: Callable[[bytes, tuple[str, int]], None] = transport.sendto
        self._address = address

    def send_block(self, block: Block) -> None:
        """Send a block, packet by packet."""
        for view in block.views:
            self._sendto(bytes(view), self._address)

    def send(self, datagram: bytes | memoryview) -> None:
        """Send one datagram."""
        self._sendto(bytes(datagram), self._address)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class Transport:
    """The transport to one viewer, over ICE's current candidate pair.

    `dtls` is aiortc's transport once it is connected. Never raises network errors; the return value
    reports failures.
    """

    def __init__(self, dtls: Any, send_buffer: SendBuffer, *, offload: bool) -> None:  # noqa: ANN401 (aiortc's, by its inner names)
        self._session: Session = dtls._tx_srtp
        self._connection = dtls.transport._connection
        self._context = context_of(self._session)
        self._send_buffer = send_buffer
        self._offload = offload
        self._pair: Any = None
        self._way: Way | None = None
        self.tag_bytes = tag_bytes(self._session)
        self.errors = 0
        self.is_closed = False

    @property
    def kind(self) -> str:
        """How packets leave: `offload`, `socket` or `relay`."""
        if isinstance(self._way, SocketWay):
            return "offload" if self._way.offload else "socket"
        return "relay" if self._way is not None else "none"

    def close(self) -> None:
        """Release the sink."""
        self.is_closed = True
        if self._way is not None:
            self._way.close()
        self._way = self._pair = None

    def _find_way(self) -> Way | None:
        pair = self._connection._nominated.get(1)
        if pair is self._pair:
            return self._way
        if self._way is not None:
            self._way.close()
        self._pair, self._way = pair, None
        if pair is not None:
            transport, address = pair.protocol.transport, pair.remote_addr
            inner = transport.get_extra_info("socket")
            if pair.local_candidate.type == "relay" or inner is None:
                self._way = RelayWay(transport, address)
            else:
                self._way = SocketWay(inner.fileno(), address, offload=self._offload)
        return self._way

    def send_block(self, block: Block) -> bool:
        """Protect and send a block; return whether it left (False: the buffer is full)."""
        way = self._find_way() if not self.is_closed else None
        if way is None:
            return False
        send_buffer, context = self._send_buffer, self._context
        protect, length = send_buffer.protect, send_buffer.length
        send_buffer.copy(send_buffer.start, block.data, len(block.data))
        for pointer, size in block.packets:
            length[0] = size
            if protect(context, pointer, length) != _OK:
                self.errors += 1
                return True  # if protection fails now, it always will
        return self._leaves(way.send_block, block)

    def send_packet(self, packet: bytes) -> bool:
        """Protect and send one packet."""
        with contextlib.suppress(Error):
            return self._send(self._session.protect(packet))
        self.errors += 1
        return True

    def send_report(self, report: bytes) -> bool:
        """Protect and send RTCP."""
        return self._send(self._session.protect_rtcp(report))

    def _send(self, datagram: bytes) -> bool:
        way = self._find_way() if not self.is_closed else None
        return way is not None and self._leaves(way.send, datagram)

    def _leaves(self, send: Callable[..., None], what: Block | bytes) -> bool:
        try:
            send(what)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return False
            self.errors += 1  # unreachable for now: as good as lost
        return True
