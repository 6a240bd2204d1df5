"""A source's packets in its own ticks, and ticks as microseconds."""

from fractions import Fraction
from typing import NamedTuple

from media_server.media.packet import Buffer, Track

MICROSECONDS = Fraction(1, 1_000_000)

_S = 1_000_000
_NEAR_US = 10 * _S  # times this close together belong to one run of a counter
_WRAP_BITS = (33, 32)


class SourcePacket(NamedTuple):
    """A packet as its container provides it: ticks of `time_base`, any of them absent."""

    track: Track
    pts: int | None
    dts: int | None
    duration: int | None
    time_base: Fraction
    is_key: bool
    data: Buffer


def microseconds(ticks: int, base: Fraction) -> int:
    """Return ticks as microseconds, rounded to the nearest."""
    if base is MICROSECONDS:
        return ticks
    return (2 * ticks * base.numerator * _S + base.denominator) // (2 * base.denominator)


def wrapped(delta: int, base: Fraction) -> int:
    """Return the correction for a time that is off by a counter's whole range, else 0."""
    if abs(delta) < _NEAR_US:
        return 0
    for bits in _WRAP_BITS:
        period = microseconds(1 << bits, base)
        for sign in (1, -1):
            if abs(delta + sign * period) < _NEAR_US:
                return sign * period
    return 0
