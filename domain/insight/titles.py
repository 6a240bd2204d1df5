"""A title for a part of a talk: a whole sentence of it, else a sentence of its words."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domain.insight.choosing import is_to_a_model
from domain.insight.signals import Sentence

_LONGEST = 100
_WORDS = range(4, 19)
_SURE = 0.6
_VAGUE = re.compile(
    r"^(and|but|so|or|because|which|that|it|this|then|yeah|yes|no|okay|ok|well|um|uh|like|also|he"
    r"|she|they|i mean|you know)\b",
    re.IGNORECASE,
)
_COMMON = frozenset(
    """
    about actually after again also always another anything because been before being could
    does doing down even every everything from getting going gonna good great have having here
    into just kind know like little look make maybe mean more most much need never okay only
    other over people really right said same should some something still stuff such sure take
    than that their them then there these they thing things think this those through time very
    want well were what when where which while will with without would yeah years your you're
    that's don't it's there's they're didn't doesn't i'm
    """.split()  # noqa: SIM905 (a list of a hundred strings is harder to read)
)
Array = npt.NDArray[np.float32]


def title_of(part: Sequence[Sentence], vectors: Array, video: Counter[str]) -> str:
    """Return the sentence that says best what a part is about.

    Args:
        part: The part's sentences.
        vectors: Their vectors.
        video: How often each word occurs in the whole video.
    """
    centre = vectors.mean(axis=0)
    near = vectors @ centre
    good = [index for index, sentence in enumerate(part) if is_title(sentence)]
    # A question that opens a part is answered by it; later questions say less.
    good = [i for i in good if i == 0 or not part[i].text.rstrip().endswith("?")]
    if good:
        best = max(good, key=lambda i: near[i] - 0.15 * bool(_VAGUE.match(part[i].text)))
        return part[best].text.strip()
    return about(words_of(part), video)


def is_title(sentence: Sentence) -> bool:
    """Return whether a sentence stands alone: whole, short, and surely understood."""
    text = sentence.text.strip()
    words = text.split()
    is_whole = text[:1].isupper() and text.endswith((".", "!", "?")) and not text.endswith("...")
    return (
        is_whole
        and len(words) in _WORDS
        and len(text) <= _LONGEST
        and sentence.confidence >= _SURE
        and not is_to_a_model(text)
        and len({word.lower() for word in words}) > len(words) * 0.6
    )


def about(words: Counter[str], video: Counter[str]) -> str:
    """Return a sentence of the words that are typical of a part."""
    worth = {word: count * count / video[word] for word, count in words.items() if video[word]}
    best = sorted(worth, key=lambda word: (-worth[word], word))[:3]
    if not best:
        return "Somebody speaks."
    listed = best[0] if len(best) == 1 else f"{', '.join(best[:-1])} and {best[-1]}"
    return f"This part is about {listed}."


def words_of(sentences: Sequence[Sentence]) -> Counter[str]:
    """Count the words that carry meaning."""
    text = " ".join(sentence.text.lower() for sentence in sentences)
    words = re.findall(r"[^\W\d_][\w'’-]{3,}", text)  # noqa: RUF001 (apostrophes of captions)
    return Counter(word for word in words if word not in _COMMON)
