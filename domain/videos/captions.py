"""Captions read and written: SubRip, WebVTT, ASS and chapters."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pysubs2

from domain.core.errors import BadInput
from domain.core.time import clock_text
from domain.videos.models import MAX_SPEAKERS, FoundMoment, Line, Transcript, is_name

CAPTION_ENDINGS: Final = (".vtt", ".srt", ".ass", ".ssa")
_MARKUP: Final = re.compile(r"<[^>]*>|\{[^}]*\}")
_SOUNDS: Final = re.compile(r"^[\[(][^\])]*[\])]$")  # [Music], (applause)
_MOST_LINES: Final = 50_000
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")  # of WebVTT: <v.loud Ada>
_NAMED: Final = re.compile(r"\x02([^\x03]*)\x03")
_SHORTEST_MS: Final = 20
_CHAPTER_MS: Final = 10_000
_FEWEST_CHAPTERS: Final = 3


def read(text: str) -> tuple[tuple[Line, ...], dict[int, str]]:
    """Return the lines of a caption file of any known format, and the speakers that it names.

    Markup and cue settings are dropped. Captions that scroll, repeating what was shown before, are
    reduced to what each cue adds. A cue in which several speak has no speaker.

    Raises:
        BadInput: It is no caption file.
    """
    try:
        file = pysubs2.SSAFile.from_string(_with_voices(text.lstrip("\ufeff")))
    except (pysubs2.exceptions.Pysubs2Error, ValueError, KeyError, IndexError) as error:
        raise BadInput("The caption file cannot be read. Use SRT, VTT or ASS.") from error
    shown: list[str] = []
    lines: list[Line] = []
    numbers: dict[str, int] = {}
    for event in sorted(file, key=lambda each: (each.start, each.end)):
        if event.is_comment or len(lines) >= _MOST_LINES:
            continue
        voices = {" ".join(name.split()) for name in _NAMED.findall(event.text)} or {event.name}
        rows = [row for row in map(_plain, event.plaintext.split("\n")) if row]
        fresh = rows[_overlap(shown, rows) :]
        shown = rows or shown
        said = " ".join(fresh)
        if said and event.end - event.start >= _SHORTEST_MS:
            start = max(0, event.start)
            name = voices.pop() if len(voices) == 1 else ""
            if name and name not in numbers and is_name(name) and len(numbers) < MAX_SPEAKERS:
                numbers[name] = len(numbers)
            speaker = numbers.get(name)
            lines.append(Line(len(lines), start, max(start + 1, event.end), said, speaker))
    return tuple(lines), {number: name for name, number in numbers.items()}


def _with_voices(text: str) -> str:
    """Return WebVTT's cues alone, without identifiers, with marks that pysubs2 leaves in place."""
    if not text.startswith("WEBVTT"):
        return text
    blocks = re.split(r"\r?\n(?:\r?\n)+", text)
    cues = (re.search(r"^[^\n]*-->.*", block, re.M | re.S) for block in blocks)
    return "\n\n".join(["WEBVTT", *(_VOICE.sub("\x02\\1\x03", cue[0]) for cue in cues if cue)])


def _plain(row: str) -> str:
    return " ".join(_MARKUP.sub("", _NAMED.sub("", row)).replace("&nbsp;", " ").split())


def _overlap(shown: Sequence[str], rows: Sequence[str]) -> int:
    """Return how many of a cue's first rows are the last ones of the cue before."""
    for size in range(min(len(shown), len(rows)), 0, -1):
        if list(shown[-size:]) == list(rows[:size]):
            return size
    return 0


def is_sound(text: str) -> bool:
    """Return whether a line names a sound, such as [Applause], and is not speech."""
    return _SOUNDS.match(text) is not None


def write(transcript: Transcript, form: str) -> str:
    """Return a transcript as `srt`, `vtt` or `ass`; speakers as far as people named them."""
    file = pysubs2.SSAFile()
    for line in transcript.lines:
        name = transcript.names.get(line.speaker) if line.speaker is not None else None
        text = _escaped(line.text if form == "ass" or not name else f"{name}: {line.text}")
        event = pysubs2.SSAEvent(line.start_ms, line.end_ms, text)
        event.name = _escaped(name or "").replace(",", " ")  # ASS ends a field at a comma
        file.append(event)
    return file.to_string(form)


def _escaped(text: str) -> str:
    """Return a text that no renderer takes for markup."""
    return text.replace("{", "(").replace("}", ")").replace("<", "(").replace(">", ")")


def as_text(transcript: Transcript) -> str:
    """Return a transcript as plain text, a paragraph for each turn."""
    parts: list[str] = []
    last: int | None = -1
    for line in transcript.lines:
        if line.speaker != last:
            name = transcript.name_of(line.speaker)
            parts.append(("\n\n" if parts else "") + (f"{name}: " if name else ""))
            last = line.speaker
        else:
            parts.append(" ")
        parts.append(line.text)
    return "".join(parts) + "\n" if parts else ""


def chapters(moments: Sequence[FoundMoment], duration_ms: int) -> str:
    """Return chapters as video platforms read them; empty if there are fewer than three.

    The first begins at 0:00, and each lasts at least ten seconds.
    """
    starts: list[tuple[int, str]] = []
    for moment in sorted(moments, key=lambda each: each.start_ms):
        last = starts[-1][0] if starts else -_CHAPTER_MS
        if moment.start_ms - last >= _CHAPTER_MS and duration_ms - moment.start_ms >= _CHAPTER_MS:
            starts.append((moment.start_ms, moment.moment.title))
    if starts and starts[0][0] >= _CHAPTER_MS:
        starts.insert(0, (0, "Start"))
    elif starts:
        starts[0] = (0, starts[0][1])
    if len(starts) < _FEWEST_CHAPTERS:
        return ""
    return "".join(f"{clock_text(start // 1000)} {title}\n" for start, title in starts)


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines numbered from 0."""
    return tuple(replace(line, number=number) for number, line in enumerate(lines))
