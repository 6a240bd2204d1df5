"""Time: aware UTC datetimes, integer units, half-open spans, and a clock that is passed in."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# RFC 3339; the offset is required, because a time without one is not an instant.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


class Clock(Protocol):
    """The source of the current time for all rules."""

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        ...

    def now_us(self) -> int:
        """Return it in microseconds since the Unix epoch, for what runs for each packet."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        return datetime.now(UTC)

    def now_us(self) -> int:
        """Return it in microseconds since the Unix epoch."""
        return time.time_ns() // 1000


def to_us(instant: datetime) -> int:
    """Return an aware datetime as integer microseconds since the Unix epoch."""
    return (instant - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return integer microseconds since the Unix epoch as a UTC datetime."""
    return EPOCH + timedelta(microseconds=us)


def isoformat(instant: datetime) -> str:
    """Return an instant as ISO 8601 in UTC with milliseconds and `Z`, the wire format."""
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def parse_instant(text: str) -> datetime:
    """Parse an RFC 3339 instant; truncates fractions beyond microseconds.

    Raises:
        ValueError: The text is not an instant, or has no UTC offset.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError("is not a time such as 2026-11-21T14:02:29.000Z")
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper())).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, [start, end), in UTC."""

    start: datetime
    end: datetime

    @property
    def duration_ms(self) -> int:
        """The length in whole milliseconds, rounded to the nearest."""
        return round((self.end - self.start) / timedelta(milliseconds=1))

    def contains(self, instant: datetime) -> bool:
        """Return whether the span contains an instant."""
        return self.start <= instant < self.end


def clock_text(seconds: int) -> str:
    """Return a length or position as people write it: `0:45`, `1:02:03`."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
