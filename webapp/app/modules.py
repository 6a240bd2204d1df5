"""The modules that a page's components import, for the browser to fetch at once.

A module's imports are known only when it has come: six levels of them cost a slow network six
round trips. NiceGUI preloads the components themselves, not what they import.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from nicegui import __version__
from nicegui.element import Element

from webapp import assets

EARLY: Final = "js/early.js"  # on every page
_IMPORTED = re.compile(r'^(?:import|export|\}) (?:.* from )?"(?P<name>[^"]+)";$', re.MULTILINE)
_SHARED = "moments/"
_OWN = f"/_nicegui/{__version__}/static/dompurify.mjs"


def preload(elements: Iterable[Element]) -> str:
    """Return the head's links for elements of a page."""
    scripts = {element.component.path for element in elements if element.component}
    scripts.add(assets.FOLDER / EARLY)
    found = sorted({name for script in scripts for name in _below(script)})
    urls = [_OWN, *(assets.url(name) for name in found)]
    return "".join(f'<link rel="modulepreload" href="{url}">' for url in urls)


@cache
def _below(script: Path) -> frozenset[str]:
    """Return the names of our static modules that a script imports, and those import."""
    found: set[str] = set()
    waiting = list(_imports(script))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(assets.FOLDER / name)
    return frozenset(found)


def _imports(script: Path) -> Iterator[str]:
    for match in _IMPORTED.finditer(script.read_text()):
        name = match["name"]
        if name.startswith(_SHARED):
            yield f"js/{name.removeprefix(_SHARED)}"
        elif name.startswith(("./", "../")) and script.is_relative_to(assets.FOLDER):
            folder = script.parent / name
            yield folder.resolve().relative_to(assets.FOLDER.resolve()).as_posix()
