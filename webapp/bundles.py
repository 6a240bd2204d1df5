"""ES modules joined into one file, which takes one request where they took thirty.

Each module becomes a function that is called once, after those that it imports; a bundle exports
what its modules export, so their names must differ, and its components as `c_name`. An import map
leads everybody who names a module to its bundle: no module runs twice.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

COMPONENTS: Final = "components/"
_SHARED: Final = "moments/"
_IMPORT: Final = re.compile(
    r'^import (?:(?P<what>[^"]+?) from )?"(?P<name>[^"]+)";\n', re.MULTILINE
)
_EXPORT: Final = re.compile(
    r"^export (?=(?:const|class|(?:async )?function) (?P<name>[\w$]+))", re.MULTILINE
)
_DEFAULT: Final = re.compile(r"(?:^|(?<=;))export default ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """A module's text without imports and exports, and those."""

    name: str
    body: str
    imports: tuple[tuple[str, str], ...]  # what, and from which module
    exports: tuple[str, ...]
    has_default: bool

    @classmethod
    def read(cls, name: str, source: str) -> "Module":
        """Read a module as our formatter writes it."""
        rest = _IMPORT.sub("", source)
        body, defaults = _DEFAULT.subn("const _default = ", _EXPORT.sub("", rest))
        return cls(
            name,
            body,
            tuple((m["what"] or "", _found(name, m["name"])) for m in _IMPORT.finditer(source)),
            tuple(m["name"] for m in _EXPORT.finditer(rest)),
            defaults > 0,
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """Modules in the order of their imports; `below` are bundles that hold some of those."""

    name: str
    modules: tuple[Module, ...]
    below: tuple["Bundle", ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        sources: Mapping[str, str],
        components: Iterable[str],
        below: tuple["Bundle", ...] = (),
    ) -> "Bundle":
        """Join components with all that they import."""
        known = {module.name for bundle in below for module in bundle.modules}
        found: dict[str, Module] = {}

        def add(each: str, *above: str) -> None:
            if each in above:
                raise ValueError(f"{each} imports itself, by {above[-1]}")
            if each in known or each in found:
                return
            module = Module.read(each, sources[each])
            for _, imported in module.imports:
                add(imported, *above, each)
            found[each] = module

        for component in components:
            add(f"{COMPONENTS}{component}.js")
        return cls(name, tuple(found.values()), below)

    def shared(self) -> Iterator[str]:
        """Yield the modules that others may import by their names."""
        return (module.name for module in self.modules if module.exports and not module.has_default)

    def components(self) -> Iterator[str]:
        """Yield the names of the components."""
        for module in self.modules:
            if module.name.startswith(COMPONENTS):
                yield module.name.removeprefix(COMPONENTS).removesuffix(".js")

    def text(self) -> str:
        """Return the file."""
        places = {module.name: f"m{at}" for at, module in enumerate(self.modules)}
        lines = []
        for at, bundle in enumerate(self.below):
            lines.append(f'import * as b{at} from "./{posixpath.basename(bundle.name)}";')
            places |= dict.fromkeys((module.name for module in bundle.modules), f"b{at}")
        exported: list[str] = []
        for module in self.modules:
            place = places[module.name]
            names = [*module.exports, *(["default: _default"] if module.has_default else [])]
            bound = [_bound(what, places[name]) for what, name in module.imports]
            lines += [f"const {place} = (() => {{", *bound, module.body]
            lines += [f"return {{ {', '.join(names)} }};", "})();"]
            if module.name.startswith(COMPONENTS):
                component = posixpath.basename(module.name).removesuffix(".js")
                lines.append(f"export const c_{component} = {place}.default;")
            elif module.exports:
                lines.append(f"export const {{ {', '.join(module.exports)} }} = {place};")
                exported += module.exports
        if twice := {name for name in exported if exported.count(name) > 1}:
            raise ValueError(f"{self.name} has several of {', '.join(sorted(twice))}")
        return "\n".join(lines) + "\n"


def _found(importer: str, name: str) -> str:
    if name.startswith(_SHARED):
        return f"js/{name.removeprefix(_SHARED)}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))


def _bound(what: str, place: str) -> str:
    """Return the statement that stands for an import."""
    if what.startswith("{"):
        return f"const {what.replace(' as ', ': ')} = {place};"
    if what.startswith("* as "):
        return f"const {what.removeprefix('* as ')} = {place};"
    return f"const {what} = {place}.default;" if what else ""
