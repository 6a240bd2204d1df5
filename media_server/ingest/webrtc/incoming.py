"""Incoming bit rate, for the bandwidth estimator."""

from collections import deque

from aiortc.rate import RateCounter

_WINDOW_MS = 1000


class IncomingRate(RateCounter):
    """Bits per second over the last second: the same result as aiortc's counter.

    aiortc's visits every elapsed millisecond, an object each, which was a twentieth of a
    publisher's cost.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Reset."""
        self._came: deque[tuple[int, int]] = deque()  # time (ms), octets
        self._octets = 0
        self._since_ms: int | None = None

    def add(self, value: int, now_ms: int) -> None:
        """Count octets."""
        self._since_ms = now_ms if self._since_ms is None else self._forget(self._since_ms, now_ms)
        self._came.append((now_ms, value))
        self._octets += value

    def rate(self, now_ms: int) -> int | None:
        """Return the bits per second, None if nothing arrived before this millisecond."""
        if self._since_ms is None:
            return None
        self._since_ms = self._forget(self._since_ms, now_ms)
        span_ms = now_ms - self._since_ms + 1
        return round(8000 * self._octets / span_ms) if self._came and span_ms > 1 else None

    def _forget(self, since_ms: int, now_ms: int) -> int:
        """Drop what is older than the window; return the start of the known time."""
        first = now_ms - _WINDOW_MS + 1
        while self._came and self._came[0][0] < first:
            self._octets -= self._came.popleft()[1]
        return max(since_ms, first)
