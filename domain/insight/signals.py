"""The named signals of a talk: one value for each sentence, all from what was said and heard."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from domain.insight.facts import Emotion, Line, Span, Turn

_REACTION = re.compile(
    r"[\[(*♪][^\])*♪]*(laugh|applau|cheer|clap|giggl|lach|rire|risa)[^\])*♪]*|\bha(ha)+\b"
    r"|\b(ha[, ]+){2,}",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…。？！][\"'”’)]*$")  # noqa: RUF001 (of Chinese and Japanese)
_PAUSE_S = 1.0
_LOUDNESS_STEP_S = 0.1
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Whole lines that make a sentence; the last line is included."""

    first_line: int
    last_line: int
    start_s: float
    end_s: float
    text: str
    confidence: float


def sentences_of(lines: Sequence[Line]) -> list[Sentence]:
    """Group lines into sentences: until one ends like a sentence, or a pause follows."""
    found: list[Sentence] = []
    first = 0
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        is_pause = after is None or after.start_s - line.end_s > _PAUSE_S
        if is_pause or _ENDS.search(line.text):
            found.append(_sentence(lines, first, index))
            first = index + 1
    return found


def _sentence(lines: Sequence[Line], first: int, last: int) -> Sentence:
    held = lines[first : last + 1]
    text = " ".join(line.text for line in held)
    confidence = sum(line.confidence for line in held) / len(held)
    return Sentence(first, last, held[0].start_s, held[-1].end_s, text, confidence)


def speakers_of(sentences: Sequence[Sentence], turns: Sequence[Turn]) -> list[int]:
    """Return who speaks most of each sentence; 0 if nobody is known."""
    found = []
    starts, ends = [turn.start_s for turn in turns], [turn.end_s for turn in turns]
    for sentence in sentences:
        shares: dict[int, float] = {}
        first, after = bisect_right(ends, sentence.start_s), bisect_left(starts, sentence.end_s)
        for turn in turns[first:after]:
            shared = min(turn.end_s, sentence.end_s) - max(turn.start_s, sentence.start_s)
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared
        found.append(max(shares, key=lambda speaker: shares[speaker], default=0))
    return found


def energy(sentences: Sequence[Sentence], loudness: Array, speakers: Sequence[int]) -> Array:
    """Return how far each sentence is louder than its speaker's median, in robust deviations."""
    levels = np.array([_level(sentence, loudness) for sentence in sentences], np.float32)
    found = np.zeros(len(levels), np.float32)
    for speaker in set(speakers):
        own = np.array([each == speaker for each in speakers])
        middle = np.median(levels[own])
        spread = max(1.0, float(np.median(np.abs(levels[own] - middle))))
        found[own] = (levels[own] - middle) / spread
    return np.clip(found, -3, 3)


def _level(sentence: Sentence, loudness: Array) -> float:
    first = int(sentence.start_s / _LOUDNESS_STEP_S)
    held = loudness[first : max(first + 1, int(sentence.end_s / _LOUDNESS_STEP_S))]
    return float(np.percentile(held, 80)) if len(held) else -60.0


def reactions(sentences: Sequence[Sentence]) -> Array:
    """Return where the transcript has laughter or applause, also in the sentence after."""
    own = np.array([bool(_REACTION.search(each.text)) for each in sentences], np.float32)
    after = np.concatenate([own[1:], [0.0]])
    return np.maximum(own, 0.8 * after).astype(np.float32)


def questions(sentences: Sequence[Sentence]) -> Array:
    """Return which sentences ask something that can be answered: more than "Right?"."""
    return np.array(
        [each.text.rstrip().endswith(("?", "？")) and len(each.text) > 14 for each in sentences],  # noqa: RUF001
        np.float32,
    )


def pauses(sentences: Sequence[Sentence], speech: Sequence[Span]) -> Array:
    """Return the seconds without speech before each sentence, at most three."""
    gaps = [(b, c) for (_, b), (c, _) in pairwise(speech)] if speech else []
    starts, ends = [start for start, _ in gaps], [end for _, end in gaps]
    found = [0.0] * len(sentences)
    for index, (one, two) in enumerate(pairwise(sentences), 1):
        first, after = bisect_right(ends, one.end_s - 0.5), bisect_left(starts, two.start_s + 0.5)
        around = [end - start for start, end in gaps[first:after]]
        found[index] = max([two.start_s - one.end_s, *around]) if speech else 0.0
    return np.clip(np.array(found, np.float32), 0, 3)


def feelings(emotions: Sequence[Emotion]) -> Array:
    """Return the certainty of an emotion other than neutral."""
    values = [each.certainty if each.label != "neutral" else 0.0 for each in emotions]
    return np.array(values, np.float32)


def density(sentences: Sequence[Sentence], instants: Sequence[float]) -> Array:
    """Return how many instants (captures, chat messages) fall near each sentence, per second.

    People react late: what happened up to ten seconds before an instant counts.
    """
    sorted_ = np.sort(np.array(instants, np.float64))
    starts = np.array([each.start_s for each in sentences])
    ends = np.array([each.end_s + 10 for each in sentences])
    counts = np.searchsorted(sorted_, ends) - np.searchsorted(sorted_, starts)
    return np.asarray(counts / np.maximum(ends - starts, 1), np.float32)
