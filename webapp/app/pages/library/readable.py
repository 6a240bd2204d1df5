"""Texts of files as readable markup: logs in their colours, diffs, configuration.

Every text of a file is escaped here; the result is safe as an element's inner HTML.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from markupsafe import Markup, escape

# ECMA-48: control sequences. Of these only SGR (`m`) has a look; the others are left out.
_CONTROL: Final = re.compile(r"\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BOLD, _DIM, _UNDERLINE = 1, 2, 4
_LOOKS: Final = {_BOLD: "bold", _DIM: "dim", 3: "italic", _UNDERLINE: "under"}
_ENDS: Final = {22: (_BOLD, _DIM), 23: (3,), 24: (_UNDERLINE,)}
_COLOURS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_EXTENDED: Final = frozenset({38, 48})  # with further parameters, which belong to them
_SETTING: Final = re.compile(r"^(\s*)([\w.\-/]+|\"[^\"]*\")(\s*[:=])(.*)$")
_DIFFS: Final = frozenset({".diff", ".patch"})


def readable(name: str, text: str, *, is_log: bool, is_config: bool) -> Markup:
    """Return a file's text with colours, by what it is."""
    if PurePath(name).suffix.lower() in _DIFFS:
        return diff(text)
    if is_log or "\x1b[" in text:
        return log(text)
    return config(text) if is_config else escape(text)


def log(text: str) -> Markup:
    """Return a log with its ANSI colours as spans."""
    parts: list[Markup] = []
    looks: set[int] = set()
    colour = ""
    for words, codes in _pieces(text):
        classes = [f"m-a-{_LOOKS[look]}" for look in sorted(looks)]
        parts.append(_span([*classes, *([f"m-a-{colour}"] if colour else [])], words))
        for code in codes:
            colour = _coloured(code, colour)
            if code in _LOOKS:
                looks.add(code)
            elif code in _ENDS:
                looks.difference_update(_ENDS[code])
            elif code == 0:
                looks.clear()
    return Markup("").join(parts)


def _pieces(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield the words before each control sequence, and its SGR codes."""
    at = 0
    for found in _CONTROL.finditer(text):
        is_look = found[2] == "m"
        yield text[at : found.start()], _codes(found[1] or "0") if is_look else []
        at = found.end()
    yield text[at:], []


def _codes(parameters: str) -> list[int]:
    given = [int(each or 0) for each in re.split("[;:]", parameters)][:16]
    codes: list[int] = []
    while given:
        code = given.pop(0)
        if code in _EXTENDED:
            kind = given.pop(0) if given else 0
            values = [given.pop(0) for _ in range(min(len(given), 1 if kind == 5 else 3))]
            codes += [30 + values[0] % 8] if code == 38 and kind == 5 and values[:1] < [16] else []
        else:
            codes.append(code)
    return codes


def _coloured(code: int, before: str) -> str:
    if code in {0, 39}:
        return ""
    if 30 <= code < 38 or 90 <= code < 98:
        return _COLOURS[code % 10]
    return before


def diff(text: str) -> Markup:
    """Return a diff, each line by what it does; the sign stays before the colour."""
    return Markup("").join(_span([_of_line(line)], line or " ") for line in text.splitlines())


def _of_line(line: str) -> str:
    if line.startswith(("+++", "---", "diff ", "index ")):
        return "m-d-file"
    looks = {"+": "m-d-add", "-": "m-d-del", "@": "m-d-hunk"}
    return looks.get(line[:1], "m-d-same")


def changed(text: str) -> tuple[int, int]:
    """Return how many lines a diff adds and removes."""
    looks = [_of_line(line) for line in text.splitlines()]
    return looks.count("m-d-add"), looks.count("m-d-del")


def config(text: str) -> Markup:
    """Return configuration with its comments, sections and keys set apart."""
    return Markup("\n").join(_config_line(line) for line in text.splitlines())


def _config_line(line: str) -> Markup:
    if line.lstrip().startswith(("#", "//", ";")):
        return _span(["m-a-dim"], line)
    if line.startswith("["):
        return _span(["m-a-bold"], line)
    if found := _SETTING.match(line):
        indent, key, sign, value = found.groups()
        return escape(indent) + _span(["m-a-blue"], key) + escape(sign + value)
    return escape(line)


def _span(classes: list[str], text: str) -> Markup:
    if not text or not classes:
        return escape(text)
    return Markup('<span class="{}">{}</span>').format(" ".join(classes), text)
