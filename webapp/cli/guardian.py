"""Ends what `moments up` started when `up` itself is gone, however it went (even by kill -9).

It runs as a process of its own in a session of its own and learns on its standard input which
process groups are alive, and how many seconds each may take to stop: `+123 10`, later `-123`. When
that input ends, its parent is gone: it stops what is left, the quick before the slow (PostgreSQL,
which the others write to), and kills what has not stopped in time. It holds the home's lock
meanwhile, so that a new `moments up` waits for the end of the old one. Works wherever process
groups do; only the standard library, so that it starts in milliseconds.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> dict[int, float]:
    """Follow what is told until it ends; return the groups that are left, with their patience."""
    groups: dict[int, float] = {}
    for line in lines:
        group, _, patience_s = line[1:].partition(" ")
        if line.startswith("+"):
            groups[int(group)] = float(patience_s)
        else:
            groups.pop(int(group), None)
    return groups


def send(groups: Iterable[int], number: int) -> set[int]:
    """Send a signal (0 asks only) to groups; return those that exist."""
    found = set()
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            pass  # it exists and belongs to somebody else, or holds nothing but a zombie
        found.add(group)
    return found


def end(groups: dict[int, float]) -> None:
    """Stop groups, those with the least patience first."""
    for patience_s in sorted(set(groups.values())):
        _end({group for group, own_s in groups.items() if own_s == patience_s}, patience_s)


def _end(groups: set[int], patience_s: float) -> None:
    """Ask, wait, then insist."""
    deadline = time.monotonic() + patience_s
    left = send(groups, signal.SIGTERM)
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = send(left, 0)
    send(left, signal.SIGKILL)


def main() -> None:
    """Watch the parent, then end what it left."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end(watch(sys.stdin))


if __name__ == "__main__":
    main()
