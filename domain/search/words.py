"""Words of a query: as PostgreSQL searches them, spelled wrongly, and highlighted in a text."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

MAX_QUERY: Final = 400
_MOST_WORDS: Final = 12
_WORD: Final = re.compile(r"\w+")
# Too common to be marked in a text, or to be what somebody misspelled.
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """a an and are as at be but by can did do does for from had has have he her his how i if in
        is it its me my no not of on or our she so that the their them then there they this to was
        we were what when where which who why will with you your""",
    )
)
_ALIKE: Final = 0.75  # two letters of eight exchanged
BEGINNINGS: Final = (0.5, 0.0)  # of a misspelled word, the shares to trust, one after the other
_OPERATORS: Final = re.compile(r"\"|(?:^|\s)-\w|\sor\s", re.IGNORECASE)
_ENDINGS: Final = re.compile(r"(?:ing|ed|es|s|e|y|ies|ly)$")


def clean(text: str) -> str:
    """Return a query on one line, in Unicode's form C, without what PostgreSQL cannot read."""
    text = unicodedata.normalize("NFC", text[: 4 * MAX_QUERY])  # names of macOS's files are in D
    kept = "".join(c if c.isprintable() and not "\ud800" <= c <= "\udfff" else " " for c in text)
    return " ".join(kept[:MAX_QUERY].split())


def words_of(text: str) -> list[str]:
    """Return a query's words in lower case, each once, without common ones if there are others."""
    found = list(dict.fromkeys(_WORD.findall(text.casefold())))
    return ([word for word in found if word not in _COMMON] or found)[:_MOST_WORDS]


def unfinished(text: str) -> str:
    """Return a `tsquery` for all words, of which the last one may be at its beginning.

    It is empty for a query with quotes, a minus or an `or`, which mean something else.
    """
    if _OPERATORS.search(text):
        return ""
    found = _WORD.findall(text.casefold())[:_MOST_WORDS]
    return " & ".join(found) + (":*" if found and len(found[-1]) >= 3 else "")


def loose_query(words: Sequence[str], part: float) -> str:
    """Return a `tsquery` for any word that begins as a part of one of these: at least 3 letters."""
    starts = {word[: max(3, int(len(word) * part))] for word in words if len(word) >= 3}
    return " | ".join(f"{start}:*" for start in sorted(starts))


def likeness(words: Sequence[str], text: str) -> tuple[float, float]:
    """Return the share of some words that a text has, spelled alike, and how much alike: 0 to 1."""
    there = set(_WORD.findall(text.casefold()))
    best = [max((_alike(word, other) for other in there), default=0.0) for word in words]
    kept = [each for each in best if each >= _ALIKE]
    return len(kept) / max(1, len(best)), sum(kept) / max(1, len(best))


def highlights(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return the ranges of a text that hold one of the words, in another form too."""
    stems = {_stem(word) for word in words}
    return [found.span() for found in _WORD.finditer(text) if _stem(found[0].casefold()) in stems]


def alike_highlights(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return the ranges of a text that hold one of the words, or one that is spelled alike."""
    return [
        found.span()
        for found in _WORD.finditer(text)
        if any(_alike(word, found[0].casefold()) >= _ALIKE for word in words)
    ]


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.0
    if min(len(word), len(other)) < 4 or abs(len(word) - len(other)) > 2:
        return 0.0
    return SequenceMatcher(None, word, other).ratio()


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word) if len(word) > 4 else word
