"""The log file of `moments up`: bounded, with the newest lines."""

from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

_MOST_BYTES: Final = 10_000_000


class LogFile:
    """Appends, and keeps one full file before the current one. A full disk stops nothing."""

    def __init__(self, path: Path, most_bytes: int = _MOST_BYTES) -> None:
        self.path = path
        self._most_bytes = most_bytes
        self._file: TextIO | None = None
        self._bytes = 0

    def write(self, text: str) -> None:
        """Append a text; it may wait for the next `flush`."""
        try:
            file = self._opened()
            file.write(text)
            self._bytes += len(text.encode(errors="replace"))
            if self._bytes >= self._most_bytes:
                self.close()
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        except OSError:
            self.close()

    def flush(self) -> None:
        """Write the buffered text."""
        try:
            if self._file is not None:
                self._file.flush()
        except OSError:
            self.close()

    def close(self) -> None:
        """Write the buffered text and close the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _opened(self) -> TextIO:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8", errors="replace")
            self._bytes = self.path.stat().st_size
        return self._file
