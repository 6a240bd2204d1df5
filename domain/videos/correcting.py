"""Corrections of a transcript: words, who speaks, and how many speak."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from domain.core.errors import BadFields
from domain.videos.models import MAX_NAME, MAX_SPEAKERS, Line, Transcript, Word, is_name

_MAX_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class LineChange:
    """Changes of one line; None leaves a field unchanged."""

    number: int
    text: str | None = None
    speaker: int | None = None  # one that is new splits a speaker


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changes in a transcript."""

    lines: Sequence[LineChange] = ()
    names: Mapping[int, str] | None = None  # an empty name takes it away
    merge: Sequence[tuple[int, int]] = ()  # a speaker, and the one that it becomes
    speaker_count: int | None = None  # 0: as many as there seem to be


def corrected(transcript: Transcript, change: Correction) -> Transcript:
    """Return a transcript with corrections.

    Raises:
        BadFields: A line or speaker does not exist, or a text is too long.
    """
    _check(transcript, change)
    into = dict(change.merge)
    changes = {each.number: each for each in change.lines}
    lines = tuple(_line(line, changes.get(line.number), into) for line in transcript.lines)
    names = {n: name for n, name in transcript.names.items() if n not in into}
    for number, name in (change.names or {}).items():
        names[number] = " ".join(name.split())
    return replace(transcript, lines=lines, names={n: name for n, name in names.items() if name})


def renamings(old: Transcript, new: Transcript) -> list[tuple[Line, str, str]]:
    """Return each word that was replaced by another, with its line."""
    found = []
    for before, after in zip(old.lines, new.lines, strict=True):
        one, other = before.text.split(), after.text.split()
        if len(one) == len(other):
            pairs = zip(one, other, strict=True)
            found += [(before, a.strip(".,;:!?"), b.strip(".,;:!?")) for a, b in pairs if a != b]
    return [each for each in found if each[1] and each[2]]


def _line(line: Line, change: LineChange | None, into: Mapping[int, int]) -> Line:
    if line.speaker is not None and line.speaker in into:
        line = replace(line, speaker=into[line.speaker], is_edited=True)
    if change is None:
        return line
    if change.speaker is not None:
        line = replace(line, speaker=change.speaker, is_edited=True)
    if change.text is not None:
        text = " ".join(change.text.split())
        if text != line.text:
            line = replace(line, text=text, words=retimed(line, text), is_edited=True)
    return line


def retimed(line: Line, text: str) -> tuple[Word, ...]:
    """Return the words of a corrected line: the times of before, or shares of the line's time."""
    words = text.split()
    if not line.words or not words:
        return ()
    if len(words) == len(line.words):
        pairs = zip(line.words, words, strict=True)
        return tuple(replace(old, text=new, confidence=1.0) for old, new in pairs)
    return spread(words, line.start_ms, line.end_ms)


def spread(words: Sequence[str], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Return words that share a time by their length."""
    total = sum(len(word) + 1 for word in words) or 1
    made, done = [], 0
    for word in words:
        start = start_ms + (end_ms - start_ms) * done // total
        done += len(word) + 1
        made.append(Word(start, start_ms + (end_ms - start_ms) * done // total, word))
    return tuple(made)


def _check(transcript: Transcript, change: Correction) -> None:
    known = {line.number for line in transcript.lines}
    speakers = {line.speaker for line in transcript.lines if line.speaker is not None}
    problems: dict[str, str] = {}
    for problem in (_line_problem(each, known) for each in change.lines):
        if problem:
            problems["segments"] = problem
    for number, name in (change.names or {}).items():
        if not 0 <= number < MAX_SPEAKERS or not is_name(name):
            problems["names"] = f"each name must have at most {MAX_NAME} characters"
    if any(one not in speakers or other not in speakers for one, other in change.merge):
        problems["merge"] = "each must be a speaker of this video"
    if problems:
        raise BadFields(problems)


def _line_problem(change: LineChange, known: Set[int]) -> str | None:
    if change.number not in known:
        return f"has no number {change.number}"
    if change.text is not None and not 0 < len(change.text.strip()) <= _MAX_TEXT:
        return f"each text must have 1 to {_MAX_TEXT} characters"
    if change.speaker is not None and not 0 <= change.speaker < MAX_SPEAKERS:
        return f"each speaker must be 0 to {MAX_SPEAKERS - 1}"
    return None
