"""Complete RTP packets of one frame, laid out so that sending costs almost nothing per viewer.

Packets of a stream have one SSRC and one sequence for all viewers. Viewers differ in the negotiated
payload type and the length of their cipher's tag, so a unit keeps a layout for each such pair in
use.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from media_server.egress.webrtc.send_buffer import BUFFER_BYTES, Pointer, SendBuffer

HEADER_BYTES: Final = 12
_HEADER = struct.Struct("!BBHII")
_SEGMENT_SIZE = struct.Struct("=H")
_UDP, _UDP_SEGMENT = 17, 103  # linux/udp.h
_MOST_SEGMENTS = 48  # the kernel's limit is 64


@dataclass(frozen=True, slots=True)
class Block:
    """Packets that leave together: all of one size, except the last, which may be smaller.

    `data` has the plain packets with room for a tag behind each. The pointers and views refer to
    the send buffer into which `data` is copied.
    """

    data: bytes
    packets: tuple[tuple[Pointer, int], ...]
    views: tuple[memoryview, ...]
    whole: memoryview
    ancillary: tuple[tuple[int, int, bytes], ...]  # of sendmsg, for segmentation offload
    octets: int  # of payloads, as sender reports count them


@dataclass(slots=True)
class RtpUnit:
    """One access unit or one audio frame as RTP packets with payload type 0."""

    pts_us: int
    is_key: bool
    timestamp: int
    first_sequence: int
    packets: list[bytes]
    byte_size: int
    _layouts: dict[tuple[int, int], tuple[Block, ...]] = field(default_factory=dict)

    def blocks(
        self, payload_type: int, tag_bytes: int, send_buffer: SendBuffer
    ) -> tuple[Block, ...]:
        """Return the packets with a payload type, and room for tags; cached."""
        found = self._layouts.get((payload_type, tag_bytes))
        if found is None:
            packets = [_typed(packet, payload_type) for packet in self.packets]
            found = tuple(_block(run, tag_bytes, send_buffer) for run in _runs(packets, tag_bytes))
            self._layouts[(payload_type, tag_bytes)] = found
        return found

    def packet(self, index: int, payload_type: int) -> bytes:
        """Return one packet with a payload type."""
        return _typed(self.packets[index], payload_type)


def make_unit(
    payloads: Sequence[bytes],
    *,
    pts_us: int,
    is_key: bool,
    timestamp: int,
    first_sequence: int,
    ssrc: int,
) -> RtpUnit:
    """Return payloads as packets; the last one has the marker bit."""
    last = len(payloads) - 1
    packets = [
        _HEADER.pack(
            0x80, 0x80 if at == last else 0, (first_sequence + at) & 0xFFFF, timestamp, ssrc
        )
        + payload
        for at, payload in enumerate(payloads)
    ]
    size = sum(map(len, packets))
    return RtpUnit(pts_us, is_key, timestamp, first_sequence, packets, size)


def retransmission(packet: bytes, *, payload_type: int, sequence: int, ssrc: int) -> bytes:
    """Return a packet in retransmission format (RFC 4588, section 4)."""
    first, marked, original, timestamp, _ = _HEADER.unpack_from(packet)
    header = _HEADER.pack(first, marked & 0x80 | payload_type, sequence, timestamp, ssrc)
    return header + int(original).to_bytes(2, "big") + packet[HEADER_BYTES:]


def _typed(packet: bytes, payload_type: int) -> bytes:
    return packet[:1] + bytes((packet[1] & 0x80 | payload_type,)) + packet[2:]


def _runs(packets: list[bytes], tag_bytes: int) -> list[list[bytes]]:
    runs: list[list[bytes]] = []
    room = 0
    for packet in packets:
        size = len(packet) + tag_bytes
        run = runs[-1] if runs else []
        fits = run and len(run[-1]) == len(run[0]) >= len(packet) and size <= room
        if fits and len(run) < _MOST_SEGMENTS:
            run.append(packet)
        else:
            runs.append([packet])
            room = BUFFER_BYTES
        room -= size
    return runs


def _block(run: list[bytes], tag_bytes: int, send_buffer: SendBuffer) -> Block:
    room = bytes(tag_bytes)
    packets, views, at = [], [], 0
    for packet in run:
        packets.append((send_buffer.pointer(at), len(packet)))
        views.append(send_buffer.view[at : at + len(packet) + tag_bytes])
        at += len(packet) + tag_bytes
    segment = _SEGMENT_SIZE.pack(len(run[0]) + tag_bytes)
    return Block(
        b"".join(part for packet in run for part in (packet, room)),
        tuple(packets),
        tuple(views),
        send_buffer.view[:at],
        ((_UDP, _UDP_SEGMENT, segment),) if len(run) > 1 else (),
        sum(map(len, run)) - HEADER_BYTES * len(run),
    )
