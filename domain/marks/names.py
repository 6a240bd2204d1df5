"""Names and word sequences in titles and credits."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from domain.marks.titles import is_decoration, is_year, words_of


def without(
    words: Sequence[str], part: tuple[str, ...], *, is_loose: bool = False
) -> tuple[bool, list[str]]:
    """Return whether words contain a sequence, and what is left without it.

    `is_loose` finds it however it is spaced: `AC DC` in `ACDC`.
    """
    size = len(part)
    for at in range(len(words) - size + 1):
        if tuple(words[at : at + size]) == part and size:
            return True, [*words[:at], *words[at + size :]]
    whole = joined(part)
    if is_loose and len(whole) > 3:
        for at in range(len(words)):
            for end in range(at + 1, min(len(words), at + size + 3) + 1):
                if joined(words[at:end]) == whole:
                    return True, [*words[:at], *words[end:]]
    return False, list(words)


def less(words: Iterable[str], taken: Counter[str]) -> list[str]:
    """Return words without those that were taken, each as often as it was."""
    left = Counter(taken)
    kept = []
    for word in words:
        if left[word]:
            left[word] -= 1
        else:
            kept.append(word)
    return kept


def names_in(artists: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names in credits, each also alone."""
    return [name for artist in artists for name in split_credit(artist) if name]


def split_credit(artist: str) -> list[tuple[str, ...]]:
    """Return the names in a credit: the whole, and each of several people."""
    whole = _plain_name(words_of(artist))
    names = [whole]
    part: list[str] = []
    for word in words_of(re.sub(r"[,/;]| [-–] ", " and ", artist)):  # noqa: RUF001
        if word in {"and", "und", "y", "et", "x", "feat", "ft", "with", "mit", "con"}:
            names.append(_plain_name(tuple(part)))
            part = []
        else:
            part.append(word)
    names.append(_plain_name(tuple(part)))
    return [name for name in dict.fromkeys(names) if name]


def _plain_name(words: tuple[str, ...]) -> tuple[str, ...]:
    name = tuple(word for word in words if word not in {"vevo", "topic", "official", "the"})
    if len(name) == 1 and name[0].endswith("vevo"):
        name = (name[0].removesuffix("vevo"),)
    return name or words


def without_names(words: Sequence[str], names: Sequence[tuple[str, ...]]) -> list[str]:
    """Return words without any of the names."""
    left = [word for word in words if word != "the"]
    for name in sorted(names, key=len, reverse=True):
        found = True
        while found:
            found, left = without(left, name, is_loose=True)
    return left


def all_named(words: Sequence[str], texts: Sequence[tuple[str, ...]]) -> bool:
    """Return whether each word is decoration or stands in one of the texts."""
    known = {word for text in texts for word in text}
    return all(word in known or is_decoration(word) for word in words)


def is_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two names are the same, or long and almost the same."""
    first, second = joined(one), joined(other)
    if first == second:
        return True
    return min(len(first), len(second)) >= 6 and is_alike(first, second)


def has_latin(names: Sequence[tuple[str, ...]]) -> bool:
    """Return whether any name is in Latin letters."""
    return any(word.isascii() for name in names for word in name)


def numbers_in(words: Iterable[str]) -> Counter[str]:
    """Return the numbers among words; years are decoration."""
    return Counter(word for word in words if word.isdecimal() and not is_year(word))


def joined(words: Iterable[str]) -> str:
    """Return words as one, without spaces."""
    return "".join(words)


def is_alike(one: str, other: str) -> bool:
    """Return whether at most about a tenth of two texts differs."""
    from rapidfuzz import fuzz  # noqa: PLC0415 (only jobs compare texts)

    return fuzz.ratio(one, other) >= 90
