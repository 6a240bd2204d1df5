"""The packed graph of the large model, against a small network in full precision."""

from math import erf, sqrt

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from domain.insight import sentences
from domain.insight.models import LARGE, large_file
from scripts.pack_sentences import buckets, pack

HEADS, SIZE, WIDE, LAYERS, MOST, WORDS = 4, 64, 128, 2, 16, 200
Array = npt.NDArray[np.float32]


def _weights() -> dict[str, Array]:
    chance, norms = np.random.default_rng(7), ["embeddings.LayerNorm"]
    dense: dict[str, tuple[int, ...]] = {}
    for layer in (f"encoder.layer.{n}" for n in range(LAYERS)):
        dense |= {f"{layer}.attention.attn.{of}": (SIZE, SIZE) for of in "qkvo"}
        dense[f"{layer}.intermediate.dense"] = (WIDE, SIZE)
        dense[f"{layer}.output.dense"] = (SIZE, WIDE)
        norms += [f"{layer}.attention.LayerNorm", f"{layer}.output.LayerNorm"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (WORDS + 5, SIZE),
        "embeddings.position_embeddings.weight": (MOST + 2, SIZE),
        "encoder.relative_attention_bias.weight": (32, HEADS),
        **{f"{name}.weight": shape for name, shape in dense.items()},
        **{f"{name}.bias": shape[:1] for name, shape in dense.items()},
        **{f"{name}.{part}": (SIZE,) for name in norms for part in ("weight", "bias")},
    }
    return {name: chance.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def _reference(weights: dict[str, Array], tokens: list[int]) -> Array:
    """Return the mean of the last layer."""
    length = len(tokens)

    def dense(x: Array, name: str) -> Array:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    def norm(x: Array, name: str) -> Array:
        near = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return np.asarray(near * weights[f"{name}.weight"] + weights[f"{name}.bias"])

    def heads(x: Array) -> Array:
        return x.reshape(length, HEADS, -1).transpose(1, 0, 2)

    places = weights["embeddings.position_embeddings.weight"][2 : 2 + length]
    words = weights["embeddings.word_embeddings.weight"]
    ours = {0: 1, 101: 0, 102: 2}
    x = norm(words[[ours.get(each, each + 4) for each in tokens]] + places, "embeddings.LayerNorm")
    bias = weights["encoder.relative_attention_bias.weight"][buckets(length)].transpose(2, 0, 1)
    for layer in (f"encoder.layer.{n}" for n in range(LAYERS)):
        q, k, v = (heads(dense(x, f"{layer}.attention.attn.{of}")) for of in "qkv")
        near = np.exp(q @ k.transpose(0, 2, 1) / sqrt(SIZE / HEADS) + bias)
        mixed = (near / near.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(length, -1)
        x = norm(x + dense(mixed, f"{layer}.attention.attn.o"), f"{layer}.attention.LayerNorm")
        wide = dense(x, f"{layer}.intermediate.dense")
        wide *= 0.5 * (1 + np.vectorize(erf)(wide / sqrt(2)))
        x = norm(x + dense(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return np.asarray(x.mean(0), np.float32)


def test_a_packed_network_answers_as_the_whole_one_does() -> None:
    weights, chance = _weights(), np.random.default_rng(8)
    projection = np.linalg.qr(chance.normal(size=(SIZE, SIZE)))[0][:, :32].astype(np.float32)
    session = onnxruntime.InferenceSession(pack(weights, projection, HEADS, MOST))
    texts = [[101, *chance.integers(103, WORDS, size).tolist(), 102] for size in (3, 9, 14)]
    longest = max(map(len, texts))
    ids = np.array([text + [0] * (longest - len(text)) for text in texts], np.int64)
    mask = np.array([[int(n < len(text)) for n in range(longest)] for text in texts], np.int64)
    [found] = session.run(None, {"input_ids": ids, "attention_mask": mask})
    assert found.shape == (3, 32)
    for row, text in zip(found, texts, strict=True):
        wanted = _reference(weights, text) @ projection
        alike = row @ wanted / np.linalg.norm(row) / np.linalg.norm(wanted)
        assert alike > 0.999


def test_near_places_have_buckets_of_their_own_and_far_ones_share() -> None:
    found = buckets(128)
    assert [found[8, 8], found[8, 7], found[7, 8]] == [0, 1, 17]
    assert len({*found[100, 93:108].tolist()}) == 15
    assert found[127, 0] == found[126, 0] == 15
    assert found[0, 127] == 31


@pytest.mark.skipif(not large_file().exists(), reason="needs the large model")
def test_the_large_model_knows_one_meaning_in_other_words() -> None:
    texts = ("who looks after the cat", "My neighbour feeds Tom on weekends.", "It rained.")
    question, answer, other = sentences.embed(texts, LARGE)
    assert question.shape == (384,)
    assert question @ answer > 0.3 > question @ other
