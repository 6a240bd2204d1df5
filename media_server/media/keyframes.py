"""Where decoding of H.264 can start (ITU-T H.264, 7.3.1 and D.2.8)."""

_NON_IDR, _IDR, _SEI = 1, 5, 6
_RECOVERY_POINT = 6
_SLICE_I = (2, 4, 7, 9)  # I and SI, also as "all slices are such"


def is_keyframe(units: list[memoryview]) -> bool:
    """Return whether decoding can start here: an IDR picture, or an exact recovery point.

    A recovery point counts if its first picture is exact (`recovery_frame_cnt` 0) and intra coded,
    as encoders with open GOPs mark them; a gradual refresh does not count.
    """
    recovers = False
    for unit in units:
        kind = unit[0] & 31
        if kind == _IDR:
            return True
        if kind == _SEI:
            recovers = recovers or _recovers_at_once(bytes(unit))
        if kind == _NON_IDR:
            return recovers and _slice_type(unit) in _SLICE_I
    return False


def _recovers_at_once(sei: bytes) -> bool:
    at = 1
    while at + 2 < len(sei):
        kind, at = _sei_number(sei, at)
        size, at = _sei_number(sei, at)
        if kind == _RECOVERY_POINT and at < len(sei):
            return bool(sei[at] & 0x80)  # ue(v) 0 is a single 1 bit
        at += size
    return False


def _sei_number(sei: bytes, at: int) -> tuple[int, int]:
    number = 0
    while at < len(sei) and sei[at] == 255:
        number, at = number + 255, at + 1
    return (number + sei[at], at + 1) if at < len(sei) else (number, at)


def _slice_type(unit: memoryview) -> int:
    bits = int.from_bytes(bytes(unit[1:17]).ljust(16, b"\0"), "big")
    left = 128
    value = 0
    for _ in range(2):  # first_mb_in_slice, slice_type
        zeros = left - bits.bit_length()
        if 2 * zeros + 1 > left:
            return -1
        left -= 2 * zeros + 1
        value = (bits >> left) - 1
        bits &= (1 << left) - 1
    return value
