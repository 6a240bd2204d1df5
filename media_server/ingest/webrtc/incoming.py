"""How much comes in, for the bandwidth's estimator."""

from collections import deque

from aiortc.rate import RateCounter

_WINDOW_MS = 1000


class IncomingRate(RateCounter):
    """Bits a second over the newest second: what aiortc's counter says.

    That one goes through every millisecond that has passed, each an object of its own, which was a
    twentieth of what a publisher costs.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what came."""
        self._came: deque[tuple[int, int]] = deque()  # when (ms), and how much
        self._octets = 0
        self._since_ms: int | None = None

    def add(self, value: int, now_ms: int) -> None:
        """Count octets."""
        self._since_ms = now_ms if self._since_ms is None else self._forget(self._since_ms, now_ms)
        self._came.append((now_ms, value))
        self._octets += value

    def rate(self, now_ms: int) -> int | None:
        """Return the bits a second, None when nothing came or only in this very millisecond."""
        if self._since_ms is None:
            return None
        self._since_ms = self._forget(self._since_ms, now_ms)
        span_ms = now_ms - self._since_ms + 1
        return round(8000 * self._octets / span_ms) if self._came and span_ms > 1 else None

    def _forget(self, since_ms: int, now_ms: int) -> int:
        """Drop what is older than the window; return since when there is something to know."""
        first = now_ms - _WINDOW_MS + 1
        while self._came and self._came[0][0] < first:
            self._octets -= self._came.popleft()[1]
        return max(since_ms, first)
