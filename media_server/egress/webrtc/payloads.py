"""H.264 access units as RTP payloads (RFC 6184): STAP-A for small units, FU-A for the rest."""

from collections.abc import Iterable

from media_server.media.packet import Buffer

# With RTP, SRTP, UDP and IPv6 headers this stays below 1280 bytes, the MTU of every path.
MOST = 1188
_STAP_A, _FU_A = 24, 28


def h264_payloads(units: Iterable[Buffer], most: int = MOST) -> list[bytes]:
    """Return the payloads of one access unit, given its NAL units without start codes.

    Fragments of a unit have one size, except the last, which is no larger: so one system call can
    send them (UDP segmentation offload).
    """
    payloads: list[bytes] = []
    small: list[Buffer] = []
    room = most - 1
    for unit in units:
        if len(unit) <= most - 3:
            if len(unit) + 2 > room:
                payloads.append(_aggregate(small))
                small, room = [], most - 1
            small.append(unit)
            room -= len(unit) + 2
            continue
        if small:
            payloads.append(_aggregate(small))
            small, room = [], most - 1
        payloads += [bytes(unit)] if len(unit) <= most else _fragments(unit, most)
    if small:
        payloads.append(_aggregate(small))
    return payloads


def _aggregate(units: list[Buffer]) -> bytes:
    """Return one unit unchanged, or several as a STAP-A (5.7.1)."""
    if len(units) == 1:
        return bytes(units[0])
    importance = max(unit[0] & 0x60 for unit in units)
    forbidden = max(unit[0] & 0x80 for unit in units)
    parts: list[Buffer] = [bytes((forbidden | importance | _STAP_A,))]
    for unit in units:
        parts += [len(unit).to_bytes(2, "big"), unit]
    return b"".join(parts)


def _fragments(unit: Buffer, most: int) -> list[bytes]:
    """Return a unit as FU-As (5.8) of nearly equal size."""
    view = memoryview(unit)
    indicator, kind, body = view[0] & 0xE0 | _FU_A, view[0] & 0x1F, view[1:]
    count = -(-len(body) // (most - 2))
    size = -(-len(body) // count)
    fragments = []
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        flags = (0x80 if at == 0 else 0) | (0x40 if at + len(piece) == len(body) else 0)
        fragments.append(bytes((indicator, flags | kind)) + piece)
    return fragments
