"""Ends what `moments up` started when `up` itself is gone, however it went (even by kill -9).

It runs as a process of its own in a session of its own and learns on its standard input which
process groups are alive: `+123`, later `-123`. When that input ends, its parent is gone: it asks
every group that is left to stop, and kills what has not stopped in time. It holds the home's lock
meanwhile, so that a new `moments up` waits for the end of the old one. Works wherever process
groups do; only the standard library, so that it starts in milliseconds.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE_S = 4.0  # for a clean end, of the 5 s that a stop may take


def watch(lines: Iterable[str]) -> set[int]:
    """Follow what is told until it ends; return the groups that are left."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
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


def end(groups: set[int]) -> None:
    """Stop groups: ask, wait, then insist."""
    deadline = time.monotonic() + PATIENCE_S
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
