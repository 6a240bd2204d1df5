"""The Procfile: one line per process, `name: command`. `moments up` runs these lines."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

# The checkout's Procfile; a link here, so that an installed package includes it too.
PROCFILE = Path(__file__).with_name("Procfile")
_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")


@dataclass(frozen=True, slots=True)
class Line:
    """One process: its name and its command, split as a shell would."""

    name: str
    command: tuple[str, ...]


def parse(text: str) -> list[Line]:
    """Parse a Procfile; skips blank lines and comments.

    Raises:
        ValueError: A line is not `name: command`, or repeats a name.
    """
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(raw.strip())
        if match is None or match[1] in {line.name for line in lines}:
            raise ValueError(
                f"Procfile, line {number}: expected a new `name: command`, found {raw!r}"
            )
        lines.append(Line(match[1], tuple(shlex.split(match[2]))))
    return lines


def read(path: Path = PROCFILE) -> list[Line]:
    """Read the project's own Procfile."""
    return parse(path.read_text(encoding="utf-8"))
