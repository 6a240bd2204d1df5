"""RTP over UDP from a camera that does not send it over TCP (RFC 2326, 10.12 and 12.39).

libav always speaks TCP with the relay, so its end needs no open ports: datagrams of the camera's
address become interleaved frames, and libav's own frames become datagrams.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from media_server.ingest.reasons import SourceError
from media_server.ingest.rtsp_order import PATIENCE_S, InOrder

_TRIES: Final = 50
_BUFFER_BYTES: Final = 4 * 1024 * 1024  # a keyframe arrives as hundreds of datagrams at once
_MOST_BYTES: Final = 65_535
_MOST_AT_ONCE: Final = 64


@dataclass
class Datagrams:
    """The ports of a pull: one for each of libav's channels."""

    address: str  # the camera's; others are not heard
    _by_channel: dict[int, socket.socket] = field(default_factory=dict)
    _peers: dict[int, tuple[str, int]] = field(default_factory=dict)
    _orders: dict[int, InOrder] = field(default_factory=dict)  # of RTP; RTCP needs none

    def open(self, channel: int) -> int:
        """Open an even port for RTP on a channel, and the next one for RTCP; return the first.

        Raises:
            SourceError: There are no ports.
        """
        for _ in range(_TRIES):
            first = self._bound(0)
            port: int = first.getsockname()[1]
            if port % 2 == 0:
                with contextlib.suppress(OSError):
                    self._by_channel[channel + 1] = self._bound(port + 1)
                    self._by_channel[channel] = first
                    self._orders[channel] = InOrder()
                    return port
            first.close()
        raise SourceError("The node has no free UDP ports for the camera. Try again.")

    def connect(self, channel: int, port: int) -> None:
        """Note the camera's ports, and let firewalls know that its packets are expected."""
        for offset in range(2):
            self._peers[channel + offset] = (self.address, port + offset)
            self.send(channel + offset, b"")

    def send(self, channel: int, data: bytes) -> None:
        """Send a packet of libav's."""
        with contextlib.suppress(OSError):
            if channel in self._peers:
                self._by_channel[channel].sendto(data, self._peers[channel])

    def send_frames(self, frames: bytes) -> None:
        """Send whole interleaved frames."""
        at = 0
        while at < len(frames):
            after = at + 4 + int.from_bytes(frames[at + 2 : at + 4], "big")
            self.send(frames[at + 1], frames[at + 4 : after])
            at = after

    @property
    def sockets(self) -> list[socket.socket]:
        """The open ports."""
        return [*self._by_channel.values()]

    def receive(self, ready: socket.socket) -> Iterator[bytes]:
        """Yield the datagrams that have arrived as interleaved frames."""
        channel = next(key for key, value in self._by_channel.items() if value is ready)
        for _ in range(_MOST_AT_ONCE):
            try:
                data, sender = ready.recvfrom(_MOST_BYTES)
            except OSError:
                return
            if sender[0] != self.address or not data:
                continue
            order = self._orders.get(channel)
            packets = [data] if order is None else order.push(data, time.monotonic())
            yield from (_frame(channel, packet) for packet in packets)

    @property
    def patience_s(self) -> float | None:
        """How long to wait for more before asking for what is overdue; None: for ever."""
        return PATIENCE_S if any(order.is_waiting for order in self._orders.values()) else None

    def overdue(self) -> Iterator[bytes]:
        """Yield what has waited long enough for a lost packet as interleaved frames."""
        now_s = time.monotonic()
        for channel, order in self._orders.items():
            yield from (_frame(channel, packet) for packet in order.overdue(now_s))

    def close(self) -> None:
        """Close the ports."""
        for each in self._by_channel.values():
            each.close()

    def _bound(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            made.bind(("", port))
            made.setblocking(False)  # noqa: FBT003 (its only argument)
        except OSError:
            made.close()
            raise
        return made


def _frame(channel: int, packet: bytes) -> bytes:
    return b"$" + bytes([channel]) + len(packet).to_bytes(2, "big") + packet
