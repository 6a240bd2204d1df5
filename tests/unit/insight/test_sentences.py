"""Vectors of sentences and their emotions; skipped without the optional model."""

import numpy as np
import pytest

from domain.insight import emotions, sentences
from domain.insight.models import ModelChoice, available

pytestmark = pytest.mark.skipif(
    available(ModelChoice())["sentences"] is not None, reason="needs the sentence model"
)


def test_the_same_meaning_is_near_and_an_empty_text_is_nothing() -> None:
    vectors = sentences.embed(["I feel great joy.", "", "I am so happy.", "The invoice is due."])
    assert vectors.shape == (4, 384)
    assert vectors[0] @ vectors[2] > 0.6
    assert vectors[0] @ vectors[3] < 0.3
    assert not vectors[1].any()
    packed = sentences.packed(["I feel great joy."])
    np.testing.assert_allclose(np.frombuffer(packed, np.float16), vectors[0], atol=0.01)


def test_emotions_of_words() -> None:
    found = emotions.of_texts(
        [
            "I'm furious, this is outrageous!",
            "The file has two columns.",
            "",
            "What a hilarious joke",
        ]
    )
    assert [each.label for each in found] == ["angry", "neutral", "neutral", "amused"]
    assert all(0 <= each.certainty <= 1 for each in found)
