"""Decides when to pass on what a live source sends in bursts: evenly, at the source's own rate.

Segments arrive whole and TCP stalls, so arrival says little about a packet's time, and real time is
the wrong pace for a clock that is a third too fast: the lag would grow without end. A source that
is read without delay shows its rate: the packets with the smallest delay lie on a line, one point
in each interval that is longer than the pauses between bursts. The slope is the median of all
pairs (after Theil and Sen), which ignores stalls.

What a fast clock has piled up until its rate was known is passed on a little faster, until only
what the next segment needs is left.
"""

from collections import deque
from itertools import combinations
from statistics import median
from typing import Final

_POINTS: Final = 16
_FEW: Final = 5
_POINT_S: Final = 1.0
_LONGER: Final = 1.2  # an interval must hold the end of a burst
_DECAY: Final = 0.95
_EXACT: Final = 0.01  # a clock this near to real time is paced to real time
_NO_CLOCK: Final = 0.6  # beyond this it is a file, or a slow network
_LAG_S: Final = 1.0
_PAUSES: Final = 1.5  # a segment may be late by half of its length
_SPARE_S: Final = 0.5
_RECOVERY_S: Final = 60.0
_MOST_RECOVERY: Final = 0.1
_LATE_S: Final = 2.0
_JUMP_S: Final = 10.0


class Smoothing:
    """Times of passing on, in seconds of a monotonic clock; media times must not jump back."""

    def __init__(self) -> None:
        self.speed = 1.0  # media seconds a second
        self._points: deque[tuple[float, float]] = deque(maxlen=_POINTS)  # media time, arrival
        self._best: tuple[float, float] | None = None
        self._since_s = 0.0
        self._pause_s = 0.0
        self._newest_s: float | None = None
        self._anchor: tuple[float, float] | None = None  # when a media time was due
        self._true_lag_s = 0.0  # of a true clock, which nothing has delayed

    def arrived(self, media_s: float, now_s: float) -> None:
        """Note a packet that was read as soon as the source sent it."""
        if self._newest_s is not None:
            self._pause_s = max(now_s - self._newest_s, self._pause_s)
        self._newest_s = now_s
        if self._best is None:
            self._best, self._since_s = (media_s, now_s), now_s
        elif now_s - self._since_s > max(_POINT_S, _LONGER * self._pause_s):
            self._points.append(self._best)
            self._best, self._since_s = (media_s, now_s), now_s
            self._pause_s *= _DECAY
            self._adapt()
        elif now_s - media_s <= self._best[1] - self._best[0]:
            self._best = media_s, now_s

    def held_up(self) -> None:
        """Note that packets waited for us: their arrival says nothing."""
        self._points.clear()
        self._best = self._newest_s = None

    def wait_s(self, media_s: float, now_s: float) -> float:
        """Return how long to wait before passing on a packet; 0 or less: it is due."""
        due_s = now_s if self._anchor is None else self._due(self._anchor, media_s)
        if self._anchor is None or not -_LATE_S <= due_s - now_s <= _JUMP_S:
            due_s = now_s
        self._anchor = due_s, media_s
        return due_s - now_s

    def _due(self, anchor: tuple[float, float], media_s: float) -> float:
        return anchor[0] + (media_s - anchor[1]) / self.speed

    def _adapt(self) -> None:
        rate = self._rate()
        if rate is None or self._anchor is None:
            return
        due_s, media_s = self._anchor
        line_s = min(at - media / rate for media, at in self._points) + media_s / rate
        lag_s = due_s - line_s
        wanted_s = _PAUSES * self._pause_s + _SPARE_S
        if abs(rate - 1) < _EXACT:
            self._true_lag_s = self._true_lag_s or max(lag_s, wanted_s)
            wanted_s = self._true_lag_s
            if abs(lag_s - wanted_s) < _LAG_S:
                self.speed = 1.0
                return
        excess_s = lag_s - wanted_s
        recovery = max(-_MOST_RECOVERY, min(_MOST_RECOVERY, excess_s / _RECOVERY_S))
        self.speed = rate * (1 + recovery)

    def _rate(self) -> float | None:
        """Return the source's media seconds a second, or None while they are not known."""
        if len(self._points) < _FEW:
            return None
        rate = median(
            (late - early) / (after - before)
            for (early, before), (late, after) in combinations(self._points, 2)
        )
        return rate if abs(rate - 1) <= _NO_CLOCK else None
