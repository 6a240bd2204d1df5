"""Skips imports that a library makes only because a package happens to be installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

# Coloured tracebacks and command lines, green threads, file watching: logging, the HTTP client and
# the server import these if installed, and none of our processes uses them.
OPTIONAL = ("rich", "pygments", "greenlet", "watchfiles")


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Make some optional packages look missing for imports inside the context.

    A library imports an optional package as soon as it is installed; every start then pays for a
    package that another part of the product or a development tool needs. Packages loaded before
    stay, and afterwards they can be imported as usual.
    """
    hidden = [name for name in names if name not in sys.modules]
    modules = cast("dict[str, object]", sys.modules)
    for name in hidden:
        modules[name] = None  # the import system's own marker for "not found"
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
