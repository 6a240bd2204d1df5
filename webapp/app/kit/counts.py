"""Counts in words."""

from webapp.app.kit.elements import plural


def tally(count: int, *, is_estimate: bool) -> str:
    """Return a count, `1234` or `about 720k`: only exact ones have all their digits."""
    if not is_estimate:
        return str(count)
    value = float(f"{count:.2g}")
    for unit, size in (("bn", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"about {value / size:g}{unit}"
    return f"about {value:g}"


def moments(count: int, *, is_estimate: bool) -> str:
    """Return how many moments there are."""
    words = tally(count, is_estimate=is_estimate)
    return f"{words} moments" if is_estimate else plural(count, "moment")
