"""What words mean: emotions and topics, against simple answers, on sets written before looking.

Run: python -m benchmarks.meaning
`emotions.tsv` (80 sentences) and `topics.tsv` (12 topics of 8) are our own; one author wrote them
and the examples, so strangers' speech does worse. `pip install vaderSentiment` adds VADER. Fails
below its figure or above P_k .24.
"""

import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.insight import emotions, sentences, topics
from domain.insight.models import ModelChoice, available

_HERE = Path(__file__).resolve().parent
_MOST_PK = 0.24
_TALKS = 200
_FITTED = 6  # topics on which the price of a segment was chosen; the others are scored
Array = npt.NDArray[np.float32]


def read(name: str) -> tuple[list[str], list[str]]:
    """Return labels and texts."""
    rows = (_HERE / name).read_text(encoding="utf-8").splitlines()
    pairs = [row.split("\t") for row in rows]
    return [label for label, _ in pairs], [text for _, text in pairs]


def macro_f1(known: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean F1 of all labels."""
    scores = []
    for label in sorted(set(known)):
        right = sum(a == b == label for a, b in zip(known, found, strict=True))
        scores.append(2 * right / max(1, known.count(label) + list(found).count(label)))
    return sum(scores) / len(scores)


def vader(texts: Iterable[str]) -> list[list[str]] | None:
    """Return VADER's answers, each way of naming what is negative."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415
    except ImportError:
        return None
    analyzer = SentimentIntensityAnalyzer()
    values = [analyzer.polarity_scores(text)["compound"] for text in texts]
    return [
        ["happy" if v > 0.05 else bad if v < -0.05 else "neutral" for v in values]
        for bad in ("sad", "angry", "disgusted")
    ]


def feel() -> bool:
    """Print the figures of emotions; return whether ours are better than VADER's."""
    known, texts = read("emotions.tsv")
    vectors = sentences.embed(texts)
    nearest = [each.label for each in emotions.of_vectors(vectors, 0.0, 0.0)]
    shown = [each.label for each in emotions.of_vectors(vectors)]
    ours, above = macro_f1(known, nearest), macro_f1(known, shown)
    said = [(a, b) for a, b in zip(known, shown, strict=True) if b != "neutral"]
    right = sum(a == b for a, b in said) / max(len(said), 1)
    plain = [each.label for each in emotions.of_texts(read("topics.tsv")[1])]
    false = sum(label != "neutral" for label in plain) / len(plain)
    others = vader(texts)
    best = max((macro_f1(known, each) for each in others), default=0.0) if others else None
    print(f"emotion macro-F1: always neutral {macro_f1(known, ['neutral'] * len(known)):.3f}")
    print(f"  VADER, the best of three ways  {'not installed' if best is None else f'{best:.3f}'}")
    print(f"  nearest examples {ours:.3f}; as shown, above the threshold, {above:.3f}")
    print(f"  shown {len(said) / len(known):.2f}, of these right {right:.3f}")
    print(f"  shown on {len(plain)} plain sentences: {false:.3f}")
    return above > (best or 0.03)


def talks(names: Sequence[str], labels: Sequence[str], seed: int) -> Iterable[list[int]]:
    """Yield talks: sentences of some topics, one after another, in parts of random length."""
    chance = random.Random(seed)
    for _ in range(_TALKS):
        talk: list[int] = []
        for name in chance.sample(list(names), chance.randint(3, len(names))):
            own = [index for index, label in enumerate(labels) if label == name]
            length = chance.randint(3, len(own))
            first = chance.randint(0, len(own) - length)
            talk += own[first : first + length]
        yield talk


def p_k(known: Sequence[int], found: Sequence[int], count: int) -> float:
    """Return the share of pairs at half a segment's length that are wrongly apart or together."""
    apart = max(1, round(count / (len(known) + 1) / 2))
    one, two = (
        np.cumsum([index in set(cuts) for index in range(count)]) for cuts in (known, found)
    )
    pairs = [
        (one[at] == one[at + apart]) != (two[at] == two[at + apart]) for at in range(count - apart)
    ]
    return float(sum(pairs) / len(pairs))


def segment() -> bool:
    """Print the errors of segmentation; return whether they are few enough."""
    labels, texts = read("topics.tsv")
    vectors = sentences.embed(texts)
    names = sorted(set(labels))[_FITTED:]
    held: list[tuple[list[int], list[int]]] = []
    for talk in talks(names, labels, 2):
        cuts = [at for at in range(1, len(talk)) if labels[talk[at]] != labels[talk[at - 1]]]
        held.append((talk, cuts))
    ways: dict[str, Callable[[list[int], list[int]], list[int]]] = {
        "no boundary": lambda talk, cuts: [],
        "even parts, number given": lambda talk, cuts: [
            round(len(talk) * number / (len(cuts) + 1)) for number in range(1, len(cuts) + 1)
        ],
        "ours": lambda talk, cuts: topics.boundaries(vectors[talk]),
    }
    rates = {
        name: sum(p_k(cuts, way(talk, cuts), len(talk)) for talk, cuts in held) / len(held)
        for name, way in ways.items()
    }
    print(f"P_k on {len(held)} talks: " + "  ".join(f"{n} {r:.3f}" for n, r in rates.items()))
    return rates["ours"] <= _MOST_PK


def main() -> int:
    if reason := available(ModelChoice())["sentences"]:
        print(f"skipped: {reason}")
        return 0
    sentences.embed(["load"])
    started = time.process_time()
    sentences.embed(read("topics.tsv")[1])
    print(f"{(time.process_time() - started) / 96 * 1000:.1f} CPU ms for the vector of a sentence")
    good = [feel(), segment()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
