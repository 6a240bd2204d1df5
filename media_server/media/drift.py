"""Follows a source's clock that runs fast or slow by up to a half.

Every half second the packet with the smallest delay makes a point: its source time and its arrival.
The points' slope is the clock's rate (the median of all pairs, after Theil and Sen, which ignores
stalls and bursts), and the newest one's distance from its place on the timeline is the error. The
timeline is stretched by the rate, plus what removes the error within seconds. A packet cannot
arrive before its time, so a lead counts at once; lagging may be the network, so a slow clock counts
only when it has lagged evenly for a while.
"""

from collections import deque
from itertools import combinations
from statistics import median
from typing import Final, NamedTuple

_POINT_US: Final = 500_000
_POINTS: Final = 16
_FEW: Final = 4  # enough to know a fast clock by
_ASTRAY_US: Final = 150_000  # `timeline` itself mends what is slower than its small steps
_NEAR_US: Final = 50_000
_LEAST_RATE: Final = 0.004
_SCATTER_US: Final = 40_000  # where a fifth of the points is further from their line, it is none
_BURST: Final = 2.5  # a source this many times as fast as real time is no clock
_PIECES: Final = 8  # more than tracks are interleaved late


class Piece(NamedTuple):
    """A stretch of the timeline, from a source time on."""

    from_us: int
    offset_us: int
    stretch: float


class ClockMap:
    """Maps source times to UTC: in pieces, without steps between them."""

    def __init__(self, offset_us: int, from_us: int = 0, stretch: float = 0.0) -> None:
        self._pieces = deque([Piece(from_us, offset_us, stretch)], _PIECES)
        # Almost every source has one piece, and this runs for each packet.
        self._plain_us = None if stretch else offset_us

    def at(self, source_us: int) -> int:
        """Return the instant of a source time."""
        if self._plain_us is not None:
            return source_us + self._plain_us
        piece = self._piece(source_us)
        extra = round((source_us - piece.from_us) * piece.stretch) if piece.stretch else 0
        return source_us + piece.offset_us + extra

    def duration(self, source_us: int, us: int) -> int:
        """Return how long something at a source time lasts."""
        if self._plain_us is not None:
            return us
        return max(1, round(us * (1 + self._piece(source_us).stretch)))

    def shift(self, step_us: int) -> None:
        """Move everything."""
        for index, piece in enumerate(self._pieces):
            self._pieces[index] = piece._replace(offset_us=piece.offset_us + step_us)
        if self._plain_us is not None:
            self._plain_us += step_us

    @property
    def stretch(self) -> float:
        """The newest piece's: 0.25 makes a second last 1.25 s."""
        return self._pieces[-1].stretch

    def bend(self, source_us: int, stretch: float) -> None:
        """Change the stretch from a source time on."""
        source_us = max(source_us, self._pieces[-1].from_us)
        offset_us = self.at(source_us) - source_us
        self._plain_us = None
        self._pieces.append(Piece(source_us, offset_us, stretch))

    def _piece(self, source_us: int) -> Piece:
        for piece in reversed(self._pieces):
            if source_us >= piece.from_us:
                return piece
        return self._pieces[0]


class Drift:
    """Decides how a source's times are stretched."""

    def __init__(self, rate: float = 0.0) -> None:
        self.rate = rate  # of the clock's second, while it is followed: -0.25 lasts 0.75 s
        self.is_following = bool(rate)
        self._points: deque[tuple[int, int]] = deque(maxlen=_POINTS)  # source time, delay
        self._least: tuple[int, int] | None = None
        self._since_us = 0
        self._lagging = 0  # points in a row

    def saw(self, source_us: int, arrival_us: int) -> bool:
        """Note a packet; return whether that completes a point."""
        delay, least = arrival_us - source_us, self._least
        is_point = least is not None and arrival_us - self._since_us >= _POINT_US
        if least is None or is_point:
            self._points.append(least or (source_us, delay))
            self._since_us = arrival_us
        elif delay >= least[1]:
            return False
        self._least = source_us, delay
        return is_point

    def stretch(self, clock: ClockMap) -> float:
        """Return the stretch from now on, after a point."""
        source_us, delay = self._points[-1]
        error_us = source_us + delay - clock.at(source_us)
        self._lagging = self._lagging + 1 if error_us > _ASTRAY_US else 0
        if not self.is_following and abs(error_us) <= _ASTRAY_US:
            return 0.0  # almost always, and measuring costs more than the packets between
        rate = self._measured()
        if not self.is_following and not self._is_astray(error_us, rate):
            return 0.0
        self.is_following = True
        if rate is not None:
            self.rate = rate if abs(rate) > _LEAST_RATE else 0.0
        if not self.rate and abs(error_us) < _NEAR_US:
            self.is_following = False
            return 0.0
        towards = error_us / (500_000 if error_us < 0 else 6_000_000)
        return max(-0.5, min(1.0, self.rate + max(-0.4, min(0.15, towards))))

    def _is_astray(self, error_us: int, rate: float | None) -> bool:
        if error_us < -_ASTRAY_US:
            return not self._is_burst()
        is_known = rate is not None and len(self._points) == _POINTS
        return is_known and self._lagging > 2 and (rate or 0.0) > _LEAST_RATE

    def _is_burst(self) -> bool:
        (first, early), (last, late) = self._points[-2], self._points[-1]
        return last - first > _BURST * max(1, last + late - first - early)

    def _measured(self) -> float | None:
        """Return the slope of the points, or None if they are too few or not on a line."""
        points = self._points
        if len(points) < _FEW:
            return None
        slopes = [
            (late - early) / (after - before)
            for (before, early), (after, late) in combinations(points, 2)
            if after > before
        ]
        if not slopes:
            return None
        slope = median(slopes)
        rests = [delay - slope * at for at, delay in points]
        middle = median(rests)
        scatter = sorted(abs(rest - middle) for rest in rests)
        return slope if scatter[len(scatter) * 4 // 5] < _SCATTER_US else None
