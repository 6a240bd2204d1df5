"""Validates a clip's range: cut it, record it, or refuse it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.captures.models import NewClip
from domain.core.errors import BadFields, LeftTheBuffer, StreamOffline, TooEarly
from domain.core.time import Span, from_us, isoformat, to_us
from domain.live.wire import CutRequest, StreamStatus

MAX_AHEAD_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """A validated range: a span, or the last milliseconds."""

    span: Span | None
    last_ms: int | None
    wait: bool

    def request(self, *, by_visitor: bool) -> CutRequest:
        """Return the node's request."""
        if self.span is None:
            return CutRequest(last_ms=self.last_ms, by_visitor=by_visitor)
        start_us, end_us = to_us(self.span.start), to_us(self.span.end)
        return CutRequest(start_us=start_us, end_us=end_us, by_visitor=by_visitor)


def read_range(new: NewClip, buffer_s: int) -> Wanted:
    """Return a body's range.

    Raises:
        BadFields: It is missing, given twice, not positive, or longer than the buffer.
    """
    if new.last_ms is not None:
        _refuse(dict.fromkeys(_said(new), "must be omitted if last_ms is given"))
        _check_length("last_ms", new.last_ms, buffer_s)
        return Wanted(None, new.last_ms, wait=False)
    _refuse(dict.fromkeys(_unsaid(new), "is required, unless last_ms is given"))
    start, duration_ms = new.start_ts, new.duration_ms
    if start is None or duration_ms is None:
        raise AssertionError(new)  # refused above
    _check_length("duration_ms", duration_ms, buffer_s)
    return Wanted(_span(start, duration_ms), None, wait=new.wait)


def must_record(wanted: Wanted, status: StreamStatus, now: datetime) -> bool:
    """Return whether a range ends after the newest frame, by the node's own window.

    Raises:
        StreamOffline: The stream's buffer is empty.
        LeftTheBuffer: A part of the range has left it.
        TooEarly: The range starts after the newest frame, and `wait` is not set.
        BadFields: It starts more than a day from now.
    """
    window, span = status.window, wanted.span
    if window is None:
        reason = f" ({status.error})" if status.error else ""
        message = f"This stream's buffer is empty{reason}. Try again when it is live."
        raise StreamOffline(message)
    if span is None:
        return False
    if to_us(span.start) < window.start_us:
        held = isoformat(from_us(window.start_us))
        message = f"This range has left the buffer, which begins at {held}. Choose a later start."
        raise LeftTheBuffer(message)
    if to_us(span.start) >= window.end_us:
        _check_future(wanted, span, window.end_us, now)
    return to_us(span.end) > window.end_us


def _check_future(wanted: Wanted, span: Span, newest_us: int, now: datetime) -> None:
    if not wanted.wait:
        newest = isoformat(from_us(newest_us))
        message = (
            f"This range starts after the newest frame, which is at {newest}. Choose an earlier "
            "start, or send wait: true."
        )
        raise TooEarly(message)
    if span.start > now + timedelta(seconds=MAX_AHEAD_S):
        raise BadFields({"start_ts": "must be at most 24 hours from now"})


def _said(new: NewClip) -> list[str]:
    given = {"start_ts": new.start_ts, "duration_ms": new.duration_ms}
    return [name for name, value in given.items() if value is not None]


def _unsaid(new: NewClip) -> list[str]:
    return [name for name in ("start_ts", "duration_ms") if name not in _said(new)]


def _check_length(name: str, length_ms: int, buffer_s: int) -> None:
    if length_ms <= 0:
        raise BadFields({name: "must be greater than 0"})
    if length_ms > buffer_s * 1000:
        problem = f"must be at most {buffer_s * 1000}: the stream's buffer holds {buffer_s} s"
        raise BadFields({name: problem})


def _span(start: datetime, duration_ms: int) -> Span:
    try:
        return Span(start, start + timedelta(milliseconds=duration_ms))
    except OverflowError as error:
        raise BadFields({"start_ts": "is out of range"}) from error


def _refuse(wrong: dict[str, str]) -> None:
    if wrong:
        raise BadFields(wrong)
