"""A file as PyAV reads it."""

from typing import Protocol


class ByteReader(Protocol):
    """Read once, from beginning to end."""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        ...

    def close(self) -> None:
        """Release it."""
        ...
