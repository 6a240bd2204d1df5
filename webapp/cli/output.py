"""The output of `moments up`: its own messages, and the processes' lines if requested."""

import os
import queue
import sys
import threading
from collections import defaultdict, deque
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from webapp.cli.log_file import LogFile

_COLOURS: Final = (36, 35, 33, 32, 34, 31)
_OWN: Final = "moments"
_LAST_LINES: Final = 8  # the end of a traceback, with the error


class _Text(NamedTuple):
    shown: str
    filed: str


class Output:
    """Writes whole lines from its own thread.

    With a log file, the processes' lines go there and the terminal shows only our messages. A
    terminal that is paused (Ctrl-S), slow or gone delays nothing: lines wait in a bounded queue,
    and what does not fit is dropped and counted.
    """

    def __init__(
        self,
        names: list[str],
        stream: TextIO | None = None,
        *,
        log: Path | None = None,
        most: int = 20_000,
    ) -> None:
        self._stream = stream or sys.stdout
        self._log = None if log is None else LogFile(log)
        self._last: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_LAST_LINES))
        self._width = max(len(name) for name in [_OWN, *names])
        colourful = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._colours = dict(zip(names, _COLOURS * len(names), strict=False)) if colourful else {}
        self._bold = colourful
        self._lines: queue.Queue[_Text | None] = queue.Queue(maxsize=most)
        self._dropped = 0
        self._is_gone = False  # the terminal
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Queue a process's line."""
        label = f"{name:<{self._width}} |"
        if self._log is not None:
            self._last[name].append(text)
            self._put("", f"{label} {text}\n")
            return
        if name in self._colours:
            label = f"\033[{self._colours[name]}m{label}\033[0m"
        self._put(f"{label} {text}\n")

    def say(self, text: str, *, is_secret: bool = False) -> None:
        """Show our own message; a secret one goes to no file."""
        for part in text.splitlines():
            line = f"{_OWN:<{self._width}} | {part}"
            shown = line if self._log is None else part
            shown = f"\033[1m{shown}\033[0m\n" if self._bold else f"{shown}\n"
            self._put(shown, "" if is_secret else f"{line}\n")

    def show_last(self, name: str) -> None:
        """Show a process's last lines, if they are only in the file."""
        if self._log is None:
            return
        for line in self._last.pop(name, ()):
            self._put(f"  {line}\n")
        self._put(f"  More is in {self._log.path}.\n")

    def close(self) -> None:
        """Show the queued lines, as far as the terminal accepts them."""
        try:
            self._lines.put(None, timeout=0.2)
        except queue.Full:
            return
        self._thread.join(timeout=0.5)

    def _put(self, shown: str, filed: str = "") -> None:
        try:
            self._lines.put_nowait(_Text(shown, filed))
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            if self._dropped:
                lost = f"{_OWN:<{self._width}} | {self._dropped} lines were not shown\n"
                text = _Text(text.shown + lost, text.filed + lost)
                self._dropped = 0
            self._show(text.shown)
            if self._log is not None:
                self._log.write(text.filed)
                if self._lines.empty():
                    self._log.flush()
        if self._log is not None:
            self._log.close()

    def _show(self, text: str) -> None:
        if not text or self._is_gone:
            return
        try:
            self._stream.write(text)
            if self._lines.empty() or self._log is not None:
                self._stream.flush()
        except (OSError, ValueError):
            self._is_gone = True  # running processes continue, or are stopped by their signal
