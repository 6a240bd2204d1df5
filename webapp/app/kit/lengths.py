"""Lengths in words."""

from domain.core.time import clock_text


def length_text(ms: int, digits: int = 1) -> str:
    """Return a length: `24.0 s` below two minutes, then `2:05`."""
    seconds = ms / 1000
    return f"{seconds:.{digits}f} s" if round(seconds, digits) < 120 else clock_text(round(seconds))
