"""A circuit breaker: while a store is down, only one background task probes it."""

import time
from collections.abc import Callable


class Breaker:
    """Closed: calls pass. Open: calls fail until a probe succeeds."""

    def __init__(
        self,
        *,
        first_s: float = 0.5,
        longest_s: float = 5,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._monotonic = monotonic
        self._wait_s = 0.0
        self._probe_at_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the store counts as down."""
        return self._wait_s > 0

    @property
    def probe_in_s(self) -> float:
        """How long until the next probe."""
        return max(0.0, self._probe_at_s - self._monotonic()) if self.is_open else 0.0

    def failed(self) -> bool:
        """Note a failure; return whether the state changed."""
        is_news = not self.is_open
        if is_news or self.probe_in_s == 0:
            self._wait_s = min(self._longest_s, max(self._first_s, self._wait_s * 2))
            self._probe_at_s = self._monotonic() + self._wait_s
        return is_news

    def succeeded(self) -> bool:
        """Note a success; return whether the state changed."""
        is_news = self.is_open
        self._wait_s = 0.0
        return is_news
