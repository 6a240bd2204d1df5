"""RTP headers (RFC 3550, 5.1; RFC 8285), parsed as cheaply as Python can."""

from struct import Struct
from typing import NamedTuple

_HEADER = Struct("!BBHII")
_EXTENSION = Struct("!HH")
_ONE_BYTE = 0xBEDE


class Rtp(NamedTuple):
    """One packet, decrypted."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    extension_at: int  # offset of its header extension, 0 without one


def parse_rtp(data: bytes) -> Rtp | None:
    """Return a packet, None if it is malformed."""
    size = len(data)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, extension_at = 12 + 4 * (first & 15), 0
    if first & 0x10:
        if size < start + 4:
            return None
        extension_at = start
        start += 4 + 4 * _EXTENSION.unpack_from(data, start)[1]
    if first & 0x20:
        size -= data[-1]
        if not data[-1] or size < start:
            return None
    if size < start:
        return None
    return Rtp(
        second & 127, second > 127, sequence, timestamp, ssrc, data[start:size], extension_at
    )


def abs_send_time(data: bytes, at: int, wanted: int) -> int | None:
    """Return the 24 bits of the extension abs-send-time, or None without it."""
    profile, words = _EXTENSION.unpack_from(data, at)
    if profile != _ONE_BYTE:
        return None
    at, end = at + 4, at + 4 + 4 * words
    while at < end:
        head = data[at]
        if head == 0:
            at += 1
            continue
        length = (head & 15) + 1
        if head >> 4 == wanted and length == 3 and at + 4 <= end:
            return int.from_bytes(data[at + 1 : at + 4], "big")
        at += 1 + length
    return None
