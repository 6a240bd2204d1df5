"""Times in links and answers: tenths of a second inside, whole seconds on the wire."""

import re
from typing import Final

from domain.core import time
from domain.core.errors import BadFields

MAX_DS: Final = 7 * 24 * 3600 * 10  # a week: longer than any recording
_UNITS: Final = re.compile(
    r"(?:(?P<h>\d{1,3})h)?(?:(?P<m>\d{1,5})m)?(?:(?P<s>\d{1,7}(?:\.\d{1,6})?)s?)?", re.ASCII
)
_COLONS: Final = re.compile(
    r"(?:npt:)?(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):(?P<s>\d\d(?:\.\d{1,6})?)", re.ASCII
)


def read_time(text: str) -> int | None:
    """Return a link's time (`1h2m3s`, `90`, `1:30`) in tenths of a second, or None."""
    text = text.strip().lower().removeprefix("npt:")
    found = (_COLONS.fullmatch(text) or _UNITS.fullmatch(text)) if text else None
    if found is None:
        return None
    seconds = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + float(found["s"] or 0)
    tenths = round(seconds * 10)
    return tenths if tenths <= MAX_DS else None


def read_span(fragment: str) -> tuple[int | None, int | None]:
    """Return the times of a fragment: `t=45`, `t=10,20` (W3C Media Fragments), `1:30`."""
    text = fragment.removeprefix("t=")
    start, comma, end = text.partition(",")
    return (read_time(start) if start or not comma else 0), read_time(end)


def whole_start(tenths: int) -> int:
    """Return a start in whole seconds: never later than the exact one."""
    return tenths // 10


def whole_end(tenths: int) -> int:
    """Return an end in whole seconds: never earlier than the exact one."""
    return -(-tenths // 10)


def check_times(start_ds: int, end_ds: int) -> None:
    """Do nothing if a part has a length and lies within what media can last.

    Raises:
        BadFields: It does not.
    """
    if start_ds < 0:
        raise BadFields({"start": "must be at least 0"})
    if end_ds <= start_ds:
        raise BadFields({"end": "must be greater than start"})
    if end_ds > MAX_DS:
        raise BadFields({"end": f"must be at most {MAX_DS // 10}, a week"})


def clock_text(tenths: int) -> str:
    """Return a time as people write it: `0:45`, `1:02:03`."""
    return time.clock_text(tenths // 10)
