"""Windows of speech for the recogniser, and lines of a transcript from its words."""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from domain.insight.facts import Line, Span, Word

_WINDOW_S = 28.0  # of Whisper's 30
_GAP_S = 3.0  # a longer silence ends a window
_MARGIN_S = 0.8  # of silence kept around speech: first words begin before it is found
_MOST_COMPRESSION = 2.4
_SURE = -0.4  # mean log-probability of a token
_LOOP = 4  # repetitions of a phrase that only a stuck decoder makes
_LINE_CHARACTERS = 84  # two lines of captions
_LINE_GAP_S = 1.0
_ENDS = re.compile(r"[.!?…。？！][\"'”’)]*$")  # noqa: RUF001 (of Chinese and Japanese)


def windows(speech: Sequence[Span]) -> list[Span]:
    """Join spans of speech into windows that the recogniser can take, cut at silences."""
    joined: list[Span] = []
    for start, end in (piece for span in speech for piece in _pieces(span)):
        if joined and end - joined[-1][0] <= _WINDOW_S and start - joined[-1][1] <= _GAP_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    if not joined:
        return []
    # The first window may reach back to the very beginning, the others half-way to the one before.
    edges = [-joined[0][0], *(edge for span in joined for edge in span), math.inf]
    room = [(after - before) / 2 for before, after in zip(edges[::2], edges[1::2], strict=True)]
    return [
        (round(start - min(before, _MARGIN_S), 3), round(end + min(after, _MARGIN_S), 3))
        for (start, end), (before, after) in zip(joined, pairwise(room), strict=True)
    ]


def _pieces(span: Span) -> Iterable[Span]:
    """Cut a span that is longer than a window: somebody who never breathes."""
    start, end = span
    while end - start > _WINDOW_S:
        yield start, start + _WINDOW_S
        start += _WINDOW_S
    yield start, end


def is_loop(text: str, compression: float = 0.0, logprob: float = 0.0) -> bool:
    """Return whether a text is a stuck decoder's: a phrase repeats, or it compresses too well.

    People repeat themselves, too, and choruses compress well; then the recogniser is sure.
    """
    words = re.findall(r"\w+", text.lower())
    if (compression > _MOST_COMPRESSION and logprob < _SURE) or re.search(r"(.)\1{9}", text):
        return True
    return any(_repeats(words, length) for length in range(1, 1 + len(words) // _LOOP))


def _repeats(words: Sequence[str], length: int) -> bool:
    # Single words repeat in real speech ("no, no, no, no"), so they may do so twice as often.
    most = _LOOP * 2 if length == 1 else _LOOP
    run = 0
    for index in range(len(words) - length):
        run = run + 1 if words[index] == words[index + length] else 0
        if run >= length * (most - 1):
            return True
    return False


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Group words into lines: at ends of sentences, at pauses, and before a line is too long."""
    groups: list[list[Word]] = [[]] if words else []
    for word, after in pairwise((*words, None)):
        groups[-1].append(word) if word else None
        if after is not None and _ends_line(groups[-1], after):
            groups.append([])
    return [_line(group) for group in groups]


def _ends_line(group: Sequence[Word], after: Word) -> bool:
    length = sum(len(word.text) for word in group)
    is_pause = after.start_s - group[-1].end_s >= _LINE_GAP_S
    if is_pause or length + len(after.text) > _LINE_CHARACTERS:
        return True
    is_end = bool(_ENDS.search(group[-1].text))
    is_clause = group[-1].text.endswith((",", ";", ":")) and length > _LINE_CHARACTERS * 2 / 3
    return is_end or is_clause


def _line(words: Sequence[Word]) -> Line:
    text = "".join(word.text for word in words).strip()
    confidence = sum(word.confidence for word in words) / len(words)
    plain = tuple(Word(w.start_s, w.end_s, w.text.strip(), w.confidence) for w in words)
    return Line(words[0].start_s, words[-1].end_s, text, round(confidence, 3), plain)
