"""Texts of files as readable markup: logs in their colours, diffs, configuration.

Every text of a file is escaped here; the result is safe as an element's inner HTML.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from markupsafe import Markup, escape

from domain.moments.diffs import files_of
from webapp.app.pages.library.colours import coloured, lexer_of
from webapp.app.pages.library.diffs import markup_of

# ECMA-48: control sequences. Of these only SGR (`m`) has a look; the others are left out.
_CONTROL: Final = re.compile(r"\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BOLD, _DIM, _UNDERLINE = 1, 2, 4
_LOOKS: Final = {_BOLD: "bold", _DIM: "dim", 3: "italic", _UNDERLINE: "under"}
_ENDS: Final = {22: (_BOLD, _DIM), 23: (3,), 24: (_UNDERLINE,)}
_COLOURS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_EXTENDED: Final = frozenset({38, 48})  # with further parameters, which belong to them
# What loggers call their levels, as a word of its own.
_LEVEL: Final = re.compile(
    r"\b(?:(?P<red>ERROR|FATAL|CRITICAL|FAIL(?:ED)?)|(?P<yellow>WARN(?:ING)?)|(?P<green>OK|PASS(?:ED)?)"
    r"|(?P<dim>DEBUG|TRACE))\b",
    re.IGNORECASE,
)
_STAMP: Final = re.compile(r"^\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[\d.,]*Z?\]?")
_DIFFS: Final = frozenset({".diff", ".patch"})


def readable(name: str, text: str, *, is_log: bool, is_config: bool) -> Markup:
    """Return a file's text with colours, by what it is."""
    if PurePath(name).suffix.lower() in _DIFFS:
        return Markup("").join(markup_of(each) for each in files_of(text))
    if "\x1b[" in text:
        return log(text)
    if is_log:
        return Markup("\n").join(map(_log_line, text.split("\n")))
    lexer = lexer_of(name, is_config=is_config)
    return coloured(lexer, text) if lexer else escape(text)


def _log_line(line: str) -> Markup:
    """Return a line of a log without colours of its own: its time and its level."""
    stamp = _STAMP.match(line)
    at = stamp.end() if stamp else 0
    parts = [_span(["m-a-dim"], line[:at])] if at else []
    if found := _LEVEL.search(line, at):
        look = f"m-a-{found.lastgroup}"
        parts += [escape(line[at : found.start()]), _span([look], found[0])]
        at = found.end()
    return Markup("").join([*parts, escape(line[at:])])


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


def _span(classes: list[str], text: str) -> Markup:
    if not text or not classes:
        return escape(text)
    return Markup('<span class="{}">{}</span>').format(" ".join(classes), text)
