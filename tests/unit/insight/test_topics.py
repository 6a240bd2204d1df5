"""Boundaries of topics in synthetic vectors."""

import numpy as np

from domain.insight.topics import boundaries


def _vectors(*lengths: int, noise: float = 0.5) -> np.ndarray:
    random = np.random.default_rng(3)
    topics = random.normal(size=(len(lengths), 384))
    topics /= np.linalg.norm(topics, axis=1, keepdims=True)
    rows = np.repeat(topics, lengths, axis=0)
    rows = rows + random.normal(0, noise / np.sqrt(384), rows.shape)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_topics_begin_where_the_vectors_change() -> None:
    assert boundaries(_vectors(6, 9, 4)) == [6, 15]


def test_a_long_talk_is_bounded_and_a_short_one_has_no_boundary() -> None:
    assert boundaries(_vectors(200, 200))[0] <= 200
    assert boundaries(_vectors(3)) == []
    assert boundaries(np.zeros((0, 384), np.float32)) == []
