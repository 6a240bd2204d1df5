"""VP8 (RFC 7741) and VP9 (RFC 9628) in RTP: strips the descriptors."""

from domain.core.errors import UnsupportedMedia


def vp8_frame(payloads: list[bytes]) -> tuple[bytes, bool]:
    """Return a VP8 frame and whether it is a keyframe.

    Raises:
        UnsupportedMedia: A descriptor is damaged.
    """
    data = b"".join(payload[_vp8_descriptor(payload) :] for payload in payloads)
    if not data:
        raise UnsupportedMedia("The video is damaged: a frame is empty.")
    return data, not data[0] & 1


def _vp8_descriptor(payload: bytes) -> int:
    try:
        if not payload[0] & 0x80:
            return 1
        bits, at = payload[1], 2
        if bits & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        return at + bool(bits & 0x40) + bool(bits & 0x30)
    except IndexError:
        raise UnsupportedMedia("The video is damaged: a descriptor is truncated.") from None


def vp8_starts(payload: bytes) -> bool:
    """Return whether a payload begins a keyframe."""
    try:
        at = _vp8_descriptor(payload)
        return payload[0] & 0x1F == 0x10 and not payload[at] & 1
    except (UnsupportedMedia, IndexError):
        return False


def vp9_frame(payloads: list[bytes]) -> tuple[bytes, bool]:
    """Return a VP9 frame (of one spatial layer) and whether it is a keyframe.

    Raises:
        UnsupportedMedia: A descriptor is damaged.
    """
    data = b"".join(payload[_vp9_descriptor(payload) :] for payload in payloads)
    if not data:
        raise UnsupportedMedia("The video is damaged: a frame is empty.")
    return data, not payloads[0][0] & 0x40


def vp9_starts(payload: bytes) -> bool:
    """Return whether a payload begins a keyframe: not predicted, the beginning of a frame."""
    return bool(payload) and payload[0] & 0x48 == 0x08


def _vp9_descriptor(payload: bytes) -> int:
    try:
        bits, at = payload[0], 1
        if bits & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        if bits & 0x20:  # layer indices; TL0PICIDX in the non-flexible mode
            at += 1 if bits & 0x10 else 2
        if bits & 0x50 == 0x50:  # reference indices of the flexible mode
            for _ in range(3):
                at += 1
                if not payload[at - 1] & 1:
                    break
        return at + _scalability(payload, at) if bits & 0x02 else at
    except IndexError:
        raise UnsupportedMedia("The video is damaged: a descriptor is truncated.") from None


def _scalability(payload: bytes, at: int) -> int:
    bits, size = payload[at], 1
    if bits & 0x10:
        size += 4 * ((bits >> 5) + 1)
    if bits & 0x08:
        count, size = payload[at + size], size + 1
        for _ in range(count):
            size += 1 + ((payload[at + size] >> 2) & 3)
    return size
