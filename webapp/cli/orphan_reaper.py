"""Stops the processes of `moments up` when `up` itself is gone, even after kill -9.

The reaper is a process in its own session. It reads the running process groups from its standard
input, each with its stop timeout in seconds: `+123 10`, later `-123`. When that input ends, its
parent is gone: it stops what is left, the quick before the slow (PostgreSQL, which the others write
to), and kills whatever has not stopped in time. It holds the home's lock meanwhile, so that a new
`moments up` waits until the old one has ended. Works wherever process groups do; imports only the
standard library, so that it starts in milliseconds.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable


class OrphanReaper:
    """The parent's end: starts the process, keeps it informed and restarts it if it is killed."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._groups: dict[int, float] = {}
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def started(self, group: int, patience_s: float) -> None:
        """Report a new process group, and its stop timeout."""
        self._groups[group] = patience_s
        self._report(f"+{group} {patience_s}\n")

    def ended(self, group: int) -> None:
        """Report that a process group has ended."""
        self._groups.pop(group, None)
        self._report(f"-{group}\n")

    def close(self, *, wait_s: float = 0.5) -> None:
        """Let the process end; it stops every group still reported as running."""
        self._close_input()
        try:
            self._process.wait(timeout=wait_s)
        except subprocess.TimeoutExpired:
            return  # it is still ending a group, and finishes without us

    def _close_input(self) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
        except BrokenPipeError:
            return  # it was gone

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            pass_fds=(self._lock,),
            start_new_session=True,
        )

    def _report(self, line: str) -> None:
        if self._process.poll() is None:
            try:
                self._write(line)
            except BrokenPipeError:
                pass
            else:
                return
        # It was killed: the new one gets the whole list.
        self._close_input()
        self._process = self._start()
        for group, patience_s in self._groups.items():
            self._write(f"+{group} {patience_s}\n")

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 (it was asked for in _start)
        self._process.stdin.write(line)


def watch(lines: Iterable[str]) -> dict[int, float]:
    """Read reports until the input ends; return the remaining groups, with their timeouts."""
    groups: dict[int, float] = {}
    for line in lines:
        group, _, patience_s = line[1:].partition(" ")
        if line.startswith("+"):
            groups[int(group)] = float(patience_s)
        else:
            groups.pop(int(group), None)
    return groups


def send(groups: Iterable[int], number: int) -> set[int]:
    """Send a signal (0 only checks) to groups; return those that exist."""
    found = set()
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            pass  # it exists but is another user's, or has nothing but a zombie
        found.add(group)
    return found


def end(groups: dict[int, float]) -> None:
    """Stop groups, those with the shortest timeout first."""
    for patience_s in sorted(set(groups.values())):
        _end({group for group, own_s in groups.items() if own_s == patience_s}, patience_s)


def _end(groups: set[int], patience_s: float) -> None:
    """Terminate, wait, then kill."""
    deadline = time.monotonic() + patience_s
    left = send(groups, signal.SIGTERM)
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = send(left, 0)
    send(left, signal.SIGKILL)


def main() -> None:
    """Watch the parent, then end its orphans."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end(watch(sys.stdin))


if __name__ == "__main__":
    main()
