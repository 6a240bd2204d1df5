"""The near end of the guardian: tells it which process groups are alive, and keeps it alive."""

import subprocess
import sys
from pathlib import Path

_GUARDIAN = Path(__file__).with_name("guardian.py")


class Warden:
    """Starts the guardian process, which holds the home's lock as long as it lives."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._groups: dict[int, float] = {}
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The guardian's process id."""
        return self._process.pid

    def started(self, group: int, patience_s: float) -> None:
        """Tell of a new process group, and how long it may take to stop."""
        self._groups[group] = patience_s
        self._tell(f"+{group} {patience_s}\n")

    def ended(self, group: int) -> None:
        """Tell that a process group is no more."""
        self._groups.pop(group, None)
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Let the guardian go; it ends whatever group it was not told to forget."""
        self._close_input()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return  # it is still ending a group, and will be done without us

    def _close_input(self) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
        except BrokenPipeError:
            return  # it was gone

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            pass_fds=(self._lock,),
            start_new_session=True,
        )

    def _tell(self, line: str) -> None:
        if self._process.poll() is None:
            try:
                self._write(line)
            except BrokenPipeError:
                pass
            else:
                return
        # Somebody killed it: a new one learns everything anew.
        self._close_input()
        self._process = self._start()
        for group, patience_s in self._groups.items():
            self._write(f"+{group} {patience_s}\n")

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 (it was asked for in _start)
        self._process.stdin.write(line)
