"""The modules that a page's components import, for the browser to fetch at once.

A module's imports are known only when it has come: six levels of them cost a slow network six
round trips. Most of our components and modules come in one file, a bundle, and a page's head names
what does not. NiceGUI preloads the components themselves, not what they import.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from nicegui import __version__
from nicegui.client import Client, templates
from nicegui.dependencies import js_components, register_importmap_override
from nicegui.element import Element

from webapp import assets

EARLY: Final = "js/early.js"  # on every page
_IMPORTED = re.compile(r'^(?:import|export|\}) (?:.* from )?"(?P<name>[^"]+)";$', re.MULTILINE)
_LINES = re.compile(r'import \{ default as (?P<name>\w+) \} from "[^"]+";\napp\.component\(.*\n?')
_SHARED = "moments/"
_OWN = f"/_nicegui/{__version__}/static/dompurify.mjs"


def share() -> None:
    """Lead everybody who imports one of our modules to its one URL, and pages to the bundles."""
    register_importmap_override(_SHARED, assets.url("js/"))
    for bundle in assets.joined_modules():
        for name in bundle.shared():
            if name.startswith("js/"):
                short = f"{_SHARED}{name.removeprefix('js/')}"
                register_importmap_override(short, assets.url(bundle.name))
            register_importmap_override(assets.url(name), assets.url(bundle.name))
    templates.env.globals.update(joined_imports=joined_imports, without_joined=without_joined)


def preload(elements: Iterable[Element]) -> str:
    """Return the head's links for elements of a page."""
    scripts = {element.component.path for element in elements if element.component}
    scripts.add(assets.FOLDER / EARLY)
    app, *_ = assets.joined_modules()
    found = {name for script in scripts for name in _below(script)}
    urls = [_OWN, *(assets.url(name) for name in sorted({app.name, *found}))]
    return "".join(f'<link rel="modulepreload" href="{url}">' for url in urls)


def preload_pictures(urls: Iterable[str]) -> str:
    """Return the head's links for pictures that are seen at first, which wait for scripts else."""
    links = (f'<link rel="preload" as="image" href="{escape(url)}">' for url in urls)
    return "".join(links)


def joined_imports(imports: str) -> str:
    """Return NiceGUI's imports of a page's components, with ours from their bundles."""
    joined = _components()
    app, *_ = assets.joined_modules()
    wanted = {app.name, *(joined[name] for name in _LINES.findall(imports) if name in joined)}
    rest = _LINES.sub(lambda m: "" if m["name"] in joined else m[0], imports)
    lines = []
    for at, name in enumerate(sorted(wanted)):
        lines += [
            f'import * as joined{at} from "{assets.url(name)}";',
            f"for (const [name, component] of Object.entries(joined{at})) {{",
            "  if (!name.startsWith('c_')) continue;",
            "  app.component(`nicegui-${name.slice(2)}`, component);",
            "}",
        ]
    return "\n".join([*lines, rest])


def without_joined(urls: Iterable[str]) -> list[str]:
    """Return the addresses of components that come by themselves."""
    keys = tuple(
        f"/components/{key}"
        for key, component in js_components.items()
        if component.name in _components() and component.path.is_relative_to(assets.COMPONENTS)
    )
    return [url for url in urls if not url.endswith(keys)]


def note_joined(client: Client) -> None:
    """Tell NiceGUI which components a page has: it would load each when it first changes."""
    app, *_ = assets.joined_modules()
    drawn = {each.component.name for each in client.elements.values() if each.component}
    client.outbox._loaded_components.update(drawn, app.components())


@cache
def _components() -> dict[str, str]:
    """Return the bundle of each component that comes in one."""
    return {name: each.name for each in assets.joined_modules() for name in each.components()}


@cache
def _places() -> dict[str, str]:
    """Return the bundle of each module that comes in one."""
    return {name: each.name for each in assets.joined_modules() for name in each.shared()}


@cache
def _below(script: Path) -> frozenset[str]:
    """Return the names of the bundles and modules that a script imports, and those import."""
    if script.is_relative_to(assets.COMPONENTS) and script.stem in _components():
        return frozenset({_components()[script.stem]})
    found: set[str] = set()
    waiting = list(_imports(script))
    while waiting:
        name = waiting.pop()
        if name in _places():
            found.add(_places()[name])
        elif name not in found:
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
