"""Checks what a model writes, sentence by sentence, against the passages that it was given.

A model names passages by number, as in `[3]`; it never sees or writes a time or an id. A number
that was not given is dropped. A sentence is left out if no number remains, if most of its words are
not in the passages that it cites, or if it has an address, an id or a number that is not in them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_SHARE: Final = 0.5  # of a sentence's words must be in its passages
_MOST: Final = 600  # characters of a sentence
_CITED: Final = re.compile(r"\s*\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")
# A sentence ends before the next one begins: numbers after the full stop still belong to it.
_END: Final = re.compile(r"(?:[.!?…][\"”\u2019)*]*(?:\s*\[[\d,;\s]+\])*|(?<=\]))\s+(?=[^\s\[])|\n+")
_ABBREVIATED: Final = re.compile(r"(?:^|\s)(?:[A-Za-z]|Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e)\.$")
_EXACT: Final = re.compile(
    r"https?:\S+|www\.\S+|\S+@\S+|\w+(?:\.\w+)*\.\w{2,}(?:/\S*)?|\w*_\w+|\w*\d\w*"
)
_MARKUP: Final = re.compile(r"[<>{}`\\|]|\]\(")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that an answer may cite; its number is its place in the list, from 1."""

    text: str
    moment_id: str
    title: str
    speaker: str = ""
    start_s: float | None = None
    video_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its numbers, and the passages that it cites."""

    text: str
    cited: tuple[Passage, ...]


class Sentences:
    """Cuts a stream of text into sentences."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """Yield the sentences that a further piece of text completes."""
        self._rest += text
        start = 0
        for found in _END.finditer(self._rest):
            sentence = self._rest[start : found.end()].strip()
            if _ABBREVIATED.search(sentence):
                continue
            start = found.end()
            if sentence:
                yield sentence
        self._rest = self._rest[start:]

    def end(self) -> str:
        """Return what is left."""
        rest, self._rest = self._rest.strip(), ""
        return rest


def checked(sentence: str, passages: Sequence[Passage]) -> Sentence | None:
    """Return a sentence with what it cites; None if it must be left out."""
    numbers = [int(n) for found in _CITED.finditer(sentence) for n in re.findall(r"\d+", found[1])]
    cited = tuple(passages[n - 1] for n in dict.fromkeys(numbers) if 1 <= n <= len(passages))
    text = " ".join(_CITED.sub("", sentence).strip("*-• \t").split())
    if not cited or not text or len(text) > _MOST or not text.isprintable():
        return None
    said = " ".join(f"{each.speaker} {each.text} {each.title}" for each in cited).casefold()
    exact = (found[0].casefold().rstrip(".,;:!?") for found in _EXACT.finditer(text))
    if _MARKUP.search(text) or not all(_has_whole(said, each) for each in exact):
        return None
    return Sentence(text, cited) if _is_grounded(text, said) else None


def _has_whole(said: str, exact: str) -> bool:
    """Return whether a text has something that is not a part of a longer word or number there."""
    return re.search(rf"(?<!\w){re.escape(exact)}(?!\w)", said) is not None


def _is_grounded(text: str, said: str) -> bool:
    words = [word for word in stems(text) if word not in _SMALL]
    there = set(stems(said))
    return sum(word in there for word in words) >= _SHARE * max(1, len(words))


def stems(text: str) -> list[str]:
    """Return a text's words in lower case, without the endings that a retelling changes."""
    words = _WORD.findall(text.casefold())
    return [re.sub(r"(ing|ed|es|s|d)$", "", word) if len(word) > 4 else word for word in words]


# They tell who says something, or hold a sentence together.
_SMALL: Final = frozenset(
    stems(
        "a about after against agreed all also am an and answered any are as asked at be because"
        " been before but by can could did do does explained for from had has have he her his how"
        " i if in into is it its mentioned more no nobody not of on or our proposed said says she"
        " so some than that the their them then there they this to told up wanted was we were what"
        " when where which while who why will with would you"
    )
)
