"""Maps stream time to RTP time: one constant offset per track while a stream runs.

A frame at `pts_us` has the RTP timestamp `base + ceil(pts_us * rate / 1e6)` (mod 2^32). Rounding up
ensures that the instant a player derives from it is never before the frame itself: the frame on
screen at that instant is this very frame.
"""

from dataclasses import dataclass
from typing import Final

_NTP_EPOCH_S: Final = 2_208_988_800  # from 1900 to 1970 (RFC 868)


@dataclass(frozen=True, slots=True)
class RtpClock:
    """A track's RTP timestamps."""

    rate: int
    base: int  # the timestamp of the Unix epoch

    def stamp(self, us: int) -> int:
        """Return the RTP timestamp of an instant."""
        return (self.base - (-us * self.rate) // 1_000_000) & 0xFFFFFFFF

    def anchor(self, us: int) -> tuple[int, int]:
        """Return a timestamp and its exact instant, at or before `us`."""
        exact = us - us % 1000  # both rates have a whole number of ticks in a millisecond
        return self.stamp(exact), exact


def ntp(us: int) -> int:
    """Return an instant in NTP format: 32 bits of seconds since 1900, 32 of their fraction."""
    seconds, rest = divmod(us, 1_000_000)
    return ((seconds + _NTP_EPOCH_S) << 32 | (rest << 32) // 1_000_000) & 0xFFFFFFFFFFFFFFFF
