"""Passages of texts: short enough for one vector, and cut where a reader would."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

_MOST: Final = 450  # characters: about the 128 tokens that the sentence model reads
_LINE: Final = 160  # two lines of captions
_PAUSE_S: Final = 2.0
MOST_PASSAGES: Final = 200  # of one text
_ENDS: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a transcript."""

    start_s: float
    end_s: float
    text: str
    author: str = ""
    emotion: str | None = None


def pieces(text: str, most: int = _MOST) -> list[str]:
    """Cut a text at ends of sentences, else between words, into pieces of limited length."""
    found: list[str] = []
    for part in _parts(text, most):
        if found and len(found[-1]) + 1 + len(part) <= most:
            found[-1] += f" {part}"
        elif len(found) < MOST_PASSAGES:
            found.append(part)
        else:
            break
    return found


def _parts(text: str, most: int) -> Iterator[str]:
    for sentence in filter(None, (part.strip() for part in _ENDS.split(text))):
        rest = sentence
        while len(rest) > most:
            at = rest.rfind(" ", 1, most)
            at = at if at > 0 else most
            yield rest[:at]
            rest = rest[at:].lstrip()
        if rest:
            yield rest


def joined(lines: Sequence[Said]) -> list[Said]:
    """Join lines of one speaker that follow each other: a short one says little by itself."""
    found: list[Said] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and _belongs(last, line):
            text = f"{last.text} {line.text}"
            emotion = last.emotion or line.emotion
            found[-1] = replace(last, text=text, end_s=line.end_s, emotion=emotion)
        elif line.text.strip():
            found.append(line)
    return found


def _belongs(last: Said, line: Said) -> bool:
    return (
        last.author == line.author
        and len(last.text) + len(line.text) < _LINE
        and line.start_s - last.end_s < _PAUSE_S
    )
