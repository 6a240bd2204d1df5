"""A circuit breaker: a store that is away is asked by one background task alone, not by users."""

import time
from collections.abc import Callable


class Breaker:
    """Closed: calls go through. Open: they do not, until a probe succeeds."""

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
        """Whether the store is taken to be away."""
        return self._wait_s > 0

    @property
    def probe_in_s(self) -> float:
        """How long until the store is to be asked again."""
        return max(0.0, self._probe_at_s - self._monotonic()) if self.is_open else 0.0

    def failed(self) -> bool:
        """Note that the store is away; tell whether that is news."""
        is_news = not self.is_open
        if is_news or self.probe_in_s == 0:
            self._wait_s = min(self._longest_s, max(self._first_s, self._wait_s * 2))
            self._probe_at_s = self._monotonic() + self._wait_s
        return is_news

    def succeeded(self) -> bool:
        """Note that the store answers; tell whether that is news."""
        is_news = self.is_open
        self._wait_s = 0.0
        return is_news
