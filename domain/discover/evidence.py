"""How alike two moments are, and the sentence that says why.

Pure: the queries bring what is known of a candidate, this weighs it. Signals are independent
hints, so together they are a noisy or: one strong signal is enough, and several weak ones add up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.discover.models import Signal

_WEIGHTS: Final[dict[Signal, float]] = {
    "together": 0.9,
    "meaning": 0.7,
    "tags": 0.4,
    "emotion": 0.3,
    "place": 0.1,
}
_DOUBT: Final = 1.0  # people who saved both, before half of it is believed
_FAR: Final = 0.3  # a cosine below it says nothing
_SAME_PLACE: Final = 0.05  # of a track's length
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_COMMON_TEXT: Final = """
about after again also always because been before being best both could does down ever every from
have here into just like love made make more most much never only other over part really right same
some song such than that their them then there these they this those through very want were what
when where which while will with would your
"""
_COMMON: Final = frozenset(_COMMON_TEXT.split())


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of a moment."""

    text: str = ""
    tags: Sequence[str] = ()
    emotions: Sequence[str] = ()
    place: float | None = None  # where it begins in its track, 0 to 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a candidate beside the moment that it is compared with."""

    facts: Facts
    together: int = 0  # people who saved both, as far as the viewer may know
    savers: int = 0  # of the moment's part
    others: int = 0  # people who saved a part of the candidate's track
    cosine: float | None = None  # of the texts' vectors


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike, 0 to 1, and the strongest reason."""

    score: float
    signal: Signal
    reason: str


def likeness(mine: Facts, found: Evidence) -> Likeness | None:
    """Return how alike a candidate is, or None if nothing speaks for it."""
    strengths = {
        signal: _WEIGHTS[signal] * strength
        for signal, strength in _strengths(mine, found).items()
        if strength > 0
    }
    if not strengths or strengths.keys() == {"place"}:
        return None
    doubt = 1.0
    for strength in strengths.values():
        doubt *= 1 - strength
    signal = max(strengths, key=lambda name: strengths[name])
    return Likeness(1 - doubt, signal, _reason(signal, mine, found))


def _strengths(mine: Facts, found: Evidence) -> dict[Signal, float]:
    theirs = found.facts
    together = found.together / (found.together + _DOUBT)
    if found.savers and found.others:  # what everybody saves says little of anybody
        together *= min(1.0, found.together / (found.savers * found.others) ** 0.5)
    near = abs(mine.place - theirs.place) if None not in {mine.place, theirs.place} else 1  # type: ignore[operator]
    return {
        "together": together,
        "meaning": max(0.0, ((found.cosine or 0.0) - _FAR) / (1 - _FAR)),
        "tags": _overlap(mine.tags, theirs.tags),
        "emotion": _overlap(mine.emotions, theirs.emotions),
        "place": 1.0 if near <= _SAME_PLACE else 0.0,
    }


def _overlap(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Return the share of common entries (Jaccard), of folded ones."""
    one, two = _folded(mine), _folded(theirs)
    return len(one & two) / len(one | two) if one & two else 0.0


def _folded(texts: Sequence[str]) -> set[str]:
    return {text.casefold() for text in texts}


def _reason(signal: Signal, mine: Facts, found: Evidence) -> str:
    if signal == "together":
        who = "1 person" if found.together == 1 else f"{found.together} people"
        if found.savers > found.together:
            who = f"{found.together} of the {found.savers} people"
        return f"{who} who saved that part saved this too."
    if signal == "tags":
        return f"Both are tagged {_listed(_common(mine.tags, found.facts.tags))}."
    if signal == "emotion":
        return f"Both feel like this: {_listed(_common(mine.emotions, found.facts.emotions))}."
    words = [word for word in _words(mine.text) if word in set(_words(found.facts.text))]
    if words:
        return f"Both notes say {_listed(words[:2])}."
    return "The notes are close in meaning."


def _common(mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    folded = _folded(theirs)
    return [text for text in mine if text.casefold() in folded][:2]


def _words(text: str) -> list[str]:
    """Return the words of a note that say something, in order."""
    found = (match[0].casefold() for match in _WORD.finditer(text))
    return list(dict.fromkeys(word for word in found if word not in _COMMON))


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(f"“{text}”" for text in texts)
