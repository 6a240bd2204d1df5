"""The limit on open files, which bounds the number of connections."""

import contextlib
import resource

# Larger limits slow down programs that iterate over all of them.
_ENOUGH = 65_536
_MACOS = 10_240  # what macOS grants although its hard limit says "unlimited"


def raise_limit() -> int:
    """Raise this process's soft limit as far as allowed, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for enough in (_ENOUGH, _MACOS):
        target = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        if soft == resource.RLIM_INFINITY or soft >= target:
            break
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
            break
    return limit()


def limit() -> int:
    """Return how many files this process should open at most."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENOUGH if soft == resource.RLIM_INFINITY else min(soft, _ENOUGH)
