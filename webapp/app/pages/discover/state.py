"""What the page shows, in words: no elements."""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlencode

from domain.core.time import clock_text
from domain.discover.models import NEEDED, Because, Rising, Suggestion
from domain.marks.times import whole_end, whole_start

_REGION: Final = re.compile(r"[A-Za-z]{2,3}-(?:[A-Za-z]{4}-)?([A-Za-z]{2})\b")
_MOODS: Final = 6
_NUMBERS: Final = ("Nothing", "One more", "Two more", "Three parts")


def region_of(languages: str) -> str | None:
    """Return the country that a browser's first language names, if it does: `de-AT` is AT."""
    found = _REGION.match(languages.partition(",")[0].strip())
    return found[1].upper() if found else None


def moods(rows: Iterable[Because]) -> list[tuple[str, str, str]]:
    """Return the feelings among suggestions as choices, after any of them."""
    found = (mood for row in rows for item in row.items for mood in item.emotions)
    names = list(dict.fromkeys(found))[:_MOODS]
    return [("", "Any mood", ""), *((name, name.capitalize(), "") for name in names)]


def still_needed(saved: int) -> str:
    """Return what is missing for suggestions, as a heading."""
    return f"{_NUMBERS[max(0, min(NEEDED, NEEDED - saved))]}, and we know where to look"


def page_of(found: Suggestion) -> str:
    """Return the address of a moment: ours in the app, others' public page."""
    return f"/library/{found.id}" if found.is_ours or not found.slug else f"/m/{found.slug}"


def save_address(found: Suggestion) -> str | None:
    """Return where the same part is saved, or None of what is no part of anything."""
    if found.is_ours and found.track_id:
        return f"/mark?id={found.id}"
    if found.url is None or found.start_ds is None or found.end_ds is None:
        return None
    query = {"url": found.url, "start": whole_start(found.start_ds), "end": whole_end(found.end_ds)}
    return f"/mark?{urlencode(query)}"


def rising_address(found: Rising) -> str:
    """Return where the part is heard, and can be saved."""
    return "/mark?" + urlencode({"url": found.url, "start": found.start_s, "end": found.end_s})


def span(start_s: int, end_s: int) -> str:
    """Return a part's ends as people write them."""
    return f"{clock_text(start_s)} – {clock_text(end_s)}"  # noqa: RUF001 (a range)


def part_of(found: Suggestion) -> str | None:
    """Return the ends of a suggested part."""
    if found.start_ds is None or found.end_ds is None:
        return None
    return span(whole_start(found.start_ds), whole_end(found.end_ds))


def place_of(found: Suggestion) -> tuple[float, float] | None:
    """Return where a part lies in its track and how wide it is, in percent."""
    if found.start_ds is None or found.end_ds is None or not found.length_ms:
        return None
    left = min(100.0, found.start_ds * 10_000 / found.length_ms)
    return left, min(100 - left, (found.end_ds - found.start_ds) * 10_000 / found.length_ms)


def of_what(names: Sequence[str]) -> str:
    """Return a track and its artist."""
    return ", ".join(filter(None, names))
