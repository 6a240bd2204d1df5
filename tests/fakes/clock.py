"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from domain.core.time import to_us


class FakeClock:
    """Implements the whole contract of `domain.core.time.Clock`."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return its current instant."""
        return self._now

    def now_us(self) -> int:
        """Return its current instant in microseconds since the Unix epoch."""
        return to_us(self._now)

    def advance(self, seconds: float) -> None:
        """Advance it."""
        self._now += timedelta(seconds=seconds)
