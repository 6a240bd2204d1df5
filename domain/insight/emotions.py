"""The emotion of words: the nearest of seven labels' example sentences, or "neutral".

Only the text is judged, never a voice or a face. Other labels than neutral are returned only above
a certainty at which they are usually right; below it an honest answer is "neutral".
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.insight import sentences
from domain.insight.facts import Emotion

NEUTRAL: Final = "neutral"
THRESHOLD: Final = 0.6  # of the certainty; by leaving one example out: 71 % answered, 92 % right
FLOOR: Final = 0.3  # of the cosine: what is like no example has no emotion
_SHARPNESS: Final = 22.0  # of cosines as log-likelihoods: certainty then equals accuracy
Array = npt.NDArray[np.float32]


def examples() -> list[tuple[str, str]]:
    """Return labels with example sentences."""
    file = resources.files("domain.insight") / "emotion_examples.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()
    return [(label, text) for label, _, text in (line.partition("\t") for line in lines)]


def of_texts(texts: Sequence[str]) -> list[Emotion]:
    """Return the emotion of each text."""
    return of_vectors(sentences.embed(texts))


def of_vectors(vectors: Array, threshold: float = THRESHOLD, floor: float = FLOOR) -> list[Emotion]:
    """Return the emotion of each vector of a text.

    The certainty of "neutral" is that of no other label.
    """
    labels, centroids = _prototypes()
    odds = likelihoods(vectors, centroids)
    near = (vectors @ centroids.T).max(axis=1) if len(vectors) else np.zeros(0)
    found = []
    for row, best, cosine in zip(odds, odds.argmax(axis=1).tolist(), near, strict=True):
        certainty = float(row[best])
        if labels[best] == NEUTRAL:
            found.append(Emotion(NEUTRAL, round(certainty, 3)))
        elif certainty >= threshold and cosine >= floor:
            found.append(Emotion(labels[best], round(certainty, 3)))
        else:
            found.append(Emotion(NEUTRAL, round(1 - certainty, 3)))
    return found


def likelihoods(vectors: Array, centroids: Array) -> Array:
    """Return the probability of each label."""
    odds = np.exp(_SHARPNESS * (vectors @ centroids.T))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


def centroids_of(vectors: Array, labels: Sequence[str]) -> tuple[list[str], Array]:
    """Return labels and the mean direction of each label's vectors."""
    names = sorted(set(labels))
    chosen = np.array([[label == name for label in labels] for name in names], np.float32)
    sums = chosen @ vectors
    return names, np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


@cache
def _prototypes() -> tuple[list[str], Array]:
    labels, texts = zip(*examples(), strict=True)
    return centroids_of(sentences.embed(texts), labels)
