"""RTP time and the stream's time: one constant offset per track for as long as a stream runs.

A frame at `pts_us` has the RTP timestamp `base + ceil(pts_us * rate / 1e6)` (mod 2^32). Rounded up,
so that the instant that a player counts back to is never before the frame itself: asking the node
for the frame on screen at that instant gives this very frame.
"""

from dataclasses import dataclass
from typing import Final

_NTP_EPOCH_S: Final = 2_208_988_800  # from 1900 to 1970 (RFC 868)


@dataclass(frozen=True, slots=True)
class RtpClock:
    """One track's RTP timestamps."""

    rate: int
    base: int  # the timestamp of the Unix epoch

    def stamp(self, us: int) -> int:
        """Return the RTP timestamp of an instant."""
        return (self.base - (-us * self.rate) // 1_000_000) & 0xFFFFFFFF

    def anchor(self, us: int) -> tuple[int, int]:
        """Return a timestamp and the instant that it stands for exactly, at or before `us`."""
        exact = us - us % 1000  # both rates have a whole number of ticks in a millisecond
        return self.stamp(exact), exact


def ntp(us: int) -> int:
    """Return an instant as NTP has it: 32 bits of seconds since 1900, 32 of their fraction."""
    seconds, rest = divmod(us, 1_000_000)
    return ((seconds + _NTP_EPOCH_S) << 32 | (rest << 32) // 1_000_000) & 0xFFFFFFFFFFFFFFFF
