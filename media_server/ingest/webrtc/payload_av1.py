"""AV1 in RTP (the AOM's "RTP Payload Format For AV1"): assembles temporal units."""

from domain.core.errors import UnsupportedMedia

_TEMPORAL_DELIMITER, _TILE_LIST = 2, 8
_NEW_SEQUENCE = 0x08  # N: the first packet of a coded video sequence


def av1_frame(payloads: list[bytes]) -> tuple[bytes, bool]:
    """Return a temporal unit in the low-overhead format, and whether decoding can start with it.

    Raises:
        UnsupportedMedia: It is damaged.
    """
    units: list[bytes] = []
    is_open = False
    for payload in payloads:
        head = payload[0]
        elements = _elements(payload, (head >> 4) & 3)
        if head & 0x80 and elements:
            if not is_open or not units:
                raise UnsupportedMedia("The video is damaged: a unit has no beginning.")
            units[-1] += elements.pop(0)
        units += elements
        is_open = bool(head & 0x40)
    if is_open:
        raise UnsupportedMedia("The video is damaged: a unit has no end.")
    data = b"".join(_with_size(unit) for unit in units if unit)
    return b"\x12\x00" + data, bool(payloads[0][0] & _NEW_SEQUENCE)


def av1_starts(payload: bytes) -> bool:
    """Return whether a payload is the first of a coded video sequence."""
    return bool(payload) and bool(payload[0] & _NEW_SEQUENCE)


def _elements(payload: bytes, count: int) -> list[bytes]:
    found: list[bytes] = []
    at = 1
    while at < len(payload):
        if count and len(found) == count - 1:
            size = len(payload) - at  # the last element has no length if W counts them
        else:
            size, at = _leb128(payload, at)
        if at + size > len(payload):
            raise UnsupportedMedia("The video is damaged: an element is truncated.")
        found.append(payload[at : at + size])
        at += size
    return found


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(5):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 127) << (7 * index)
        if not byte & 128:
            return value, at
    raise UnsupportedMedia("The video is damaged: a length is truncated.")


def _with_size(unit: bytes) -> bytes:
    kind, header = (unit[0] >> 3) & 15, 2 if unit[0] & 4 else 1
    if kind in {_TEMPORAL_DELIMITER, _TILE_LIST}:
        return b""
    if unit[0] & 2:
        return unit
    size, coded = len(unit) - header, bytearray()
    while True:
        coded.append(size & 127 | (128 if size > 127 else 0))
        size >>= 7
        if not size:
            return bytes((unit[0] | 2,)) + unit[1:header] + bytes(coded) + unit[header:]
