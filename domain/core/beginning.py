"""Where the time of a file begins."""

from typing import Final

from av.container import InputContainer

# Recorders of broadcasts begin at any time, and players count from there.
_BROADCASTS: Final = frozenset({"flv", "mpegts", "mpeg"})


def beginning_us(container: InputContainer) -> int:
    """Return the file's time that players count from."""
    return (container.start_time or 0) if container.format.name in _BROADCASTS else 0
