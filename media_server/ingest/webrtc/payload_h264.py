"""H.264 in RTP (RFC 6184): turns single units, STAP-A and FU-A into NAL units."""

from domain.core.errors import UnsupportedMedia

_SPS, _STAP_A, _FU_A = 7, 24, 28
_IDR = 5


def nal_units(payloads: list[bytes]) -> list[memoryview]:
    """Return the NAL units of one frame's payloads.

    Raises:
        UnsupportedMedia: They are damaged, or of a type outside packetization mode 1.
    """
    units: list[memoryview] = []
    fragments: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 31
        if kind == _FU_A:
            _fragment(payload, fragments, units)
        elif kind == _STAP_A:
            units += _aggregated(payload)
        elif 0 < kind < _STAP_A:
            units.append(memoryview(payload))
        else:
            raise UnsupportedMedia("The video is damaged: a packet has an unknown type.")
    if fragments:
        raise UnsupportedMedia("The video is damaged: a fragmented unit has no end.")
    return units


def _fragment(payload: bytes, fragments: list[bytes], units: list[memoryview]) -> None:
    if len(payload) < 3:
        raise UnsupportedMedia("The video is damaged: a fragment is empty.")
    flags = payload[1]
    if flags & 0x80:
        fragments[:] = [bytes((payload[0] & 0xE0 | flags & 31,))]
    elif not fragments:
        raise UnsupportedMedia("The video is damaged: a fragmented unit has no beginning.")
    fragments.append(payload[2:])
    if flags & 0x40:
        units.append(memoryview(b"".join(fragments)))
        fragments.clear()


def _aggregated(payload: bytes) -> list[memoryview]:
    view, at, units = memoryview(payload), 1, []
    while at < len(view):
        size = int.from_bytes(view[at : at + 2], "big")
        at += 2
        if not size or at + size > len(view):
            raise UnsupportedMedia("The video is damaged: an aggregated unit is truncated.")
        units.append(view[at : at + size])
        at += size
    return units


def starts(payload: bytes) -> bool:
    """Return whether a payload is the first of a frame where decoding can start."""
    if not payload:
        return False
    kind = payload[0] & 31
    if kind == _STAP_A:
        return len(payload) > 3 and payload[3] & 31 == _SPS
    if kind == _FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | _SPS
    return kind == _SPS
