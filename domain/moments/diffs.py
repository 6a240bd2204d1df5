"""Unified diffs, file by file: what each hunk adds and removes, with line numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

Look = Literal["add", "del", "same", "hunk", "file"]

MAX_CHARS: Final = 60_000
_HUNK: Final = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LOOKS: Final[dict[str, Look]] = {"+": "add", "-": "del", " ": "same", "": "same"}
_NAME_LINES: Final = ("+++ ", "--- ", "rename to ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and its number in the new file."""

    look: Look
    text: str
    number: int | None = None


@dataclass(slots=True)
class FileDiff:
    """The changes of one file."""

    name: str = ""
    lines: list[Line] = field(default_factory=list)

    def count(self, look: Look) -> int:
        """Return how many lines are added, or removed."""
        return sum(line.look == look for line in self.lines)


def files_of(text: str) -> list[FileDiff]:
    """Parse a unified diff, as git writes it.

    Only a hunk's own line counts say where it ends: a removed line may begin with `--- `.
    """
    files: list[FileDiff] = []
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if not files or _begins_file(line, files[-1]):
            files.append(FileDiff(_name_of_git(line)))
        current = files[-1]
        if found := _HUNK.match(line):
            current.lines.append(Line("hunk", line))
            current.lines.extend(_hunk(lines, found))
        elif line.startswith(_NAME_LINES):
            current.name = _clean_name(line.split(" ", 1 + line.startswith("rename"))[-1]) or (
                current.name
            )
        elif line:
            look = "file" if current.name else _LOOKS.get(line[:1], "file")
            current.lines.append(Line(look, line))
    return [each for each in files if each.lines or each.name]


def _begins_file(line: str, current: FileDiff) -> bool:
    """Return whether a line outside hunks begins the next file."""
    has_hunks = any(each.look == "hunk" for each in current.lines)
    return line.startswith("diff ") or (line.startswith("--- ") and has_hunks)


def _hunk(lines: Iterator[str], head: re.Match[str]) -> Iterator[Line]:
    """Take as many lines as the hunk's head announces."""
    old, number, new = int(head[1] or 1), int(head[2]), int(head[3] or 1)
    while old > 0 or new > 0:
        line = next(lines, None)
        if line is None:
            return
        look = _LOOKS.get(line[:1], "file")
        yield Line(look, line or " ", None if look in {"del", "file"} else number)
        old -= look in {"del", "same"}
        new -= look in {"add", "same"}
        number += look in {"add", "same"}


def _name_of_git(line: str) -> str:
    """Return the new name in `diff --git a/… b/…`."""
    return line.rpartition(" b/")[2] if line.startswith("diff --git ") else ""


def _clean_name(name: str) -> str:
    name = name.partition("\t")[0].strip().removeprefix("a/").removeprefix("b/")
    return "" if name == "/dev/null" else name
