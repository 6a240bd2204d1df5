"""What `moments up` shows: every line of every process behind its name, and its own words."""

import os
import queue
import sys
import threading
from typing import TextIO

_COLOURS = (36, 35, 33, 32, 34, 31)
_OWN = "moments"


class Output:
    """Writes whole lines from a thread of its own.

    A terminal that is held (Ctrl-S), slow or gone delays nobody: lines wait in a bounded queue,
    and what does not fit is dropped and counted.
    """

    def __init__(
        self, names: list[str], stream: TextIO | None = None, *, most: int = 20_000
    ) -> None:
        self._stream = stream or sys.stdout
        self._width = max(len(name) for name in [_OWN, *names])
        colourful = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._colours = dict(zip(names, _COLOURS * len(names), strict=False)) if colourful else {}
        self._bold = colourful
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=most)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Show a line that a process said."""
        label = f"{name:<{self._width}} |"
        if name in self._colours:
            label = f"\033[{self._colours[name]}m{label}\033[0m"
        self._put(f"{label} {text}\n")

    def say(self, text: str) -> None:
        """Show a sentence of our own."""
        for part in text.splitlines():
            line = f"{_OWN:<{self._width}} | {part}"
            self._put(f"\033[1m{line}\033[0m\n" if self._bold else f"{line}\n")

    def close(self) -> None:
        """Show what waits, as far as the terminal takes it."""
        try:
            self._lines.put(None, timeout=0.2)
        except queue.Full:
            return
        self._thread.join(timeout=0.5)

    def _put(self, text: str) -> None:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            if self._dropped:
                text += f"{_OWN:<{self._width}} | {self._dropped} lines were not shown\n"
                self._dropped = 0
            try:
                self._stream.write(text)
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                return  # the terminal is gone; what runs goes on or is stopped by its signal
