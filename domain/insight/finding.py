"""Finds the parts of a talk that are worth keeping, without a language model.

Every part of whole sentences and a useful length is a candidate. Each named signal ranks it among
all the others of the same video, so that a score says how unusual a part is here, and nothing else:
where nothing stands out, everything scores about 0.5.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.insight import audio, emotions, gaps, sentences, signals, topics
from domain.insight.choosing import Pick
from domain.insight.facts import Candidate, Line, Reason, Span, Turn
from domain.insight.signals import Sentence
from domain.insight.titles import title_of, words_of

# What each signal counts for, at the top of its rank.
WEIGHTS: Final[Mapping[str, float]] = {
    "density": 1.5,
    "reaction": 1.2,
    "model": 1.2,
    "topic": 1.0,
    "question": 1.0,
    "energy": 0.8,
    "emotion": 0.7,
    "coherence": 0.6,
    "pause": 0.5,
}
_LEAST_S: Final = 8.0
_MOST_S: Final = 90.0
_IDEAL_S: Final = 35.0
_EVERY_S: Final = 150.0  # one find for so much of the video
_FEWEST: Final = 3
_MANY: Final = 24
_LEAST_SCORE: Final = 0.5  # the rest is below average here
_STRONG: Final = 0.75  # rank at which a signal is a reason
_REASONS: Final = 3
_SAME: Final = 0.6  # share of sentences from which two parts are one
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Talk:
    """What is known of a talk, sentence by sentence."""

    sentences: Sequence[Sentence]
    vectors: Array
    values: Mapping[str, Array]
    starts_topic: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pool:
    """The parts to choose from, first and last sentence; those that a model chose, by index."""

    firsts: npt.NDArray[np.int64]
    lasts: npt.NDArray[np.int64]
    picks: Mapping[int, Pick]


def find(
    lines: Sequence[Line],
    speech: Sequence[Span],
    file: Path | None = None,
    turns: Sequence[Turn] = (),
    instants: Sequence[float] = (),
    picks: Sequence[Pick] = (),
) -> list[Candidate]:
    """Return the best parts that do not overlap, in the order of the video; and all picks.

    Args:
        lines: The transcript.
        speech: The spans of speech, for pauses and cuts.
        file: The decoded audio, for the energy of voices and the quietest cuts.
        turns: Who speaks when.
        instants: When viewers captured or wrote something, for streams.
        picks: Parts that a model chose. They are judged like all others.

    Raises:
        Unavailable: The sentence model is not installed.
    """
    spoken = signals.sentences_of(lines)
    if not spoken:
        return []
    talk = _talk(spoken, speech, file, turns, instants)
    pool = _pool(spoken, picks)
    if not len(pool.firsts):
        return []
    ranks = {name: ranked(values) for name, values in _measured(talk, pool).items()}
    total = sum(WEIGHTS.get(name, 0.8) * (rank - 0.5) for name, rank in ranks.items())
    scores = ranked(np.asarray(total, np.float32))
    end_s = max(spoken[-1].end_s, speech[-1][1] if speech else 0.0)
    if file is not None:
        end_s = audio.duration(file)
    most = int(np.clip(end_s / _EVERY_S, _FEWEST, _MANY))
    video = words_of(spoken)
    found = []
    for part in _chosen(scores, pool, most):
        first, last = int(pool.firsts[part]), int(pool.lasts[part])
        held = spoken[first : last + 1]
        start, end = _cuts(held, speech, end_s, file)
        own = {name: float(rank[part]) for name, rank in ranks.items() if name in WEIGHTS}
        pick = pool.picks.get(part)
        title = pick.title if pick else ""
        found.append(
            Candidate(
                held[0].first_line,
                held[-1].last_line,
                start,
                end,
                title or title_of(held, talk.vectors[first : last + 1], video),
                round(float(scores[part]), 3),
                _reasons(own),
                "model" if pick else "signals",
            )
        )
    return sorted(found, key=lambda candidate: candidate.start_s)


def _talk(
    spoken: Sequence[Sentence],
    speech: Sequence[Span],
    file: Path | None,
    turns: Sequence[Turn],
    instants: Sequence[float],
) -> Talk:
    vectors = sentences.embed([sentence.text for sentence in spoken])
    speakers = signals.speakers_of(spoken, turns)
    values = {
        "reaction": signals.reactions(spoken),
        "question": _answered(signals.questions(spoken), speakers),
        "pause": signals.pauses(spoken, speech),
        "emotion": signals.feelings(emotions.of_vectors(vectors)),
    }
    if file is not None:
        values["energy"] = signals.energy(spoken, audio.loudness(file), speakers)
    if len(instants):
        values["density"] = signals.density(spoken, instants)
    starts = np.zeros(len(spoken) + 1, np.bool_)
    starts[[0, len(spoken), *topics.boundaries(vectors)]] = True
    return Talk(spoken, vectors, values, starts)


def _answered(questions: Array, speakers: Sequence[int]) -> Array:
    """Weigh questions by what follows: an answer of somebody else, or more of the same speaker."""
    found = questions.copy()
    for index in np.flatnonzero(questions).tolist():
        after = speakers[index + 1 : index + 3]
        is_other = any(speaker != speakers[index] for speaker in after)
        found[index] = 0.0 if len(after) < 2 else 1.0 if is_other else 0.7
    return found


def _pool(spoken: Sequence[Sentence], picks: Sequence[Pick]) -> Pool:
    """Return every part of a useful length, and the picks, widened to whole sentences."""
    starts = np.array([sentence.start_s for sentence in spoken])
    ends = np.array([sentence.end_s for sentence in spoken])
    pairs = [
        (first, last)
        for first in range(len(spoken))
        for last in range(
            int(np.searchsorted(ends, starts[first] + _LEAST_S)),
            int(np.searchsorted(ends, starts[first] + _MOST_S, side="right")),
        )
    ]
    numbers: dict[int, Pick] = {}
    first_lines = [sentence.first_line for sentence in spoken]
    for pick in picks:
        pair = tuple(bisect_right(first_lines, at) - 1 for at in (pick.first_line, pick.last_line))
        numbers[len(pairs)] = pick
        pairs.append((max(pair[0], 0), max(pair[1], 0)))
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return Pool(found[:, 0], found[:, 1], numbers)


def _measured(talk: Talk, pool: Pool) -> dict[str, Array]:
    """Return the signals of each part, and how near its length is to the ideal one."""
    firsts, lasts = pool.firsts, pool.lasts
    starts = np.array([sentence.start_s for sentence in talk.sentences])
    ends = np.array([sentence.end_s for sentence in talk.sentences])
    seconds = ends[lasts] - starts[firsts]
    counts = lasts - firsts + 1
    inside = _sum(talk.starts_topic[:-1].astype(np.float32), firsts + 1, lasts)
    found = {
        "topic": talk.starts_topic[firsts] + talk.starts_topic[lasts + 1] - 0.7 * inside,
        "question": talk.values["question"][firsts] * (counts > 2),
        "pause": np.concatenate([talk.values["pause"], [0.0]])[lasts + 1]
        + talk.values["pause"][firsts],
        "reaction": np.minimum(_sum(talk.values["reaction"], firsts, lasts), 3),
        "length": -np.abs(np.log(seconds / _IDEAL_S)),
    }
    for name in ("emotion", "energy", "density"):
        if name in talk.values:
            found[name] = _sum(talk.values[name], firsts, lasts) / counts
    found["coherence"] = _coherence(talk.vectors, firsts, lasts)
    if pool.picks:
        found["model"] = np.zeros(len(firsts))
        for part, pick in pool.picks.items():
            found["model"][part] = 1.0 if pick.is_standalone else 0.6
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _coherence(
    vectors: Array, firsts: npt.NDArray[np.int64], lasts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the mean cosine of all pairs of each part: what is about one thing stands alone."""
    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])
    squares = np.zeros(len(firsts))
    for at in range(0, len(firsts), 4096):  # bounds the memory for hours of talk
        part = slice(at, at + 4096)
        squares[part] = np.sum((sums[lasts[part] + 1] - sums[firsts[part]]) ** 2, axis=1)
    counts = lasts - firsts + 1
    return np.asarray((squares - counts) / np.maximum(counts * (counts - 1), 1))


def _sum(values: Array, firsts: npt.NDArray[np.int64], lasts: npt.NDArray[np.int64]) -> Array:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(sums[lasts + 1] - sums[firsts])


def ranked(values: Array) -> Array:
    """Return each value's rank among all, 0 to 1; equal values share the middle of their ranks."""
    _, inverse, counts = np.unique(np.round(values, 5), return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    return np.asarray(middles[inverse] / len(values), np.float32)


def _chosen(scores: Array, pool: Pool, most: int) -> list[int]:
    """Return the picks, and the best other parts, of which no two share a sentence."""
    taken = np.zeros(int(pool.lasts.max()) + 1, np.bool_)
    found = list(pool.picks)
    others = 0
    for part in np.argsort(-scores, kind="stable").tolist():
        if others == most or (others and scores[part] < _LEAST_SCORE):
            break
        span = slice(pool.firsts[part], pool.lasts[part] + 1)
        if part not in pool.picks and not taken[span].any():
            taken[span] = True
            others += 1
            if not any(_is_same(pool, part, pick) for pick in pool.picks):
                found.append(part)
    return found


def _is_same(pool: Pool, one: int, other: int) -> bool:
    """Return whether two parts are nearly the same sentences."""
    shared = 1 + min(pool.lasts[one], pool.lasts[other]) - max(pool.firsts[one], pool.firsts[other])
    union = 1 + max(pool.lasts[one], pool.lasts[other]) - min(pool.firsts[one], pool.firsts[other])
    return bool(shared > _SAME * union)


def _reasons(ranks: Mapping[str, float]) -> tuple[Reason, ...]:
    """Return the signals that count most, strongest first; the best one always."""
    order = sorted(ranks, key=lambda name: -WEIGHTS[name] * (ranks[name] - 0.5))
    strong = [name for name in order if ranks[name] >= _STRONG][:_REASONS] or order[:1]
    return tuple(Reason(name, round(ranks[name], 3)) for name in strong)


def _cuts(
    held: Sequence[Sentence], speech: Sequence[Span], end_s: float, file: Path | None
) -> Span:
    """Return where to cut: in gaps of speech where there are any, else where it is quietest."""
    cuts = []
    for instant, is_start in ((held[0].start_s, True), (held[-1].end_s, False)):
        snapped = gaps.snap(instant, speech, end_s, is_start=is_start) if speech else instant
        if snapped == instant and file is not None:
            snapped = gaps.quietest(file, instant)
        cuts.append(min(max(snapped, 0.0), end_s))
    return (cuts[0], cuts[1]) if cuts[1] - cuts[0] > 1 else (held[0].start_s, held[-1].end_s)
