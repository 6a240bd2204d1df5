"""Imports that leave out what a library would load only because it happens to be installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

# Coloured tracebacks and command lines, green threads, watching source files: what logs, the HTTP
# client and the server load where it is installed, and no process of ours uses.
OPTIONAL = ("rich", "pygments", "greenlet", "watchfiles")


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Let the imports made here take some optional packages for missing.

    A library that can do without a package imports it as soon as it is there: one that another
    part of the product needs, or a tool of development, is then paid for at every start. What is
    loaded already stays, and afterwards the packages can be imported as ever.
    """
    hidden = [name for name in names if name not in sys.modules]
    modules = cast("dict[str, object]", sys.modules)
    for name in hidden:
        modules[name] = None  # the import system's own sign for "there is none"
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
