"""Vectors of sentences: int8 ONNX on the processor, English first.

Similar meanings have a cosine near 1. all-MiniLM-L6-v2 is the quick one, on which the emotions are
tuned; all-mpnet-base-v2 finds far more for search, and takes the same tokens. The WordPiece
vocabulary is in weights/.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domain.insight import models

if TYPE_CHECKING:
    from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer

SIZE = 384
_MOST_TOKENS = 128
_BATCH = 32
Array = npt.NDArray[np.float32]


def embed(texts: Sequence[str], model: str = models.SMALL) -> Array:
    """Return the vectors of texts, (n, 384), L2-normalised; an empty text has zeros.

    Raises:
        Unavailable: The model is not installed.
    """
    found = np.zeros((len(texts), SIZE), np.float32)
    # Texts of about one length share a batch, so that little is padded.
    order = sorted((i for i, text in enumerate(texts) if text.strip()), key=lambda i: len(texts[i]))
    for at in range(0, len(order), _BATCH):
        batch = order[at : at + _BATCH]
        found[batch] = _embed([texts[i] for i in batch], model)
    return found


def packed(texts: Sequence[str], model: str = models.SMALL) -> bytes:
    """Return the vectors as little-endian float16, row by row."""
    return embed(texts, model).astype("<f2").tobytes()


def _embed(texts: Sequence[str], model: str) -> Array:
    session = _session(model)
    encoded = _tokenizer().encode_batch(list(texts))
    inputs = {
        "input_ids": np.array([e.ids for e in encoded], np.int64),
        "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
        "token_type_ids": np.array([e.type_ids for e in encoded], np.int64),
    }
    asked = {each.name for each in session.get_inputs()}
    tokens = session.run(None, {k: v for k, v in inputs.items() if k in asked})[0]
    mask = inputs["attention_mask"][:, :, None].astype(np.float32)
    mean = (tokens * mask).sum(axis=1) / mask.sum(axis=1) if tokens.ndim == 3 else tokens
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


@cache
def _session(model: str) -> Any:  # noqa: ANN401 (onnxruntime is untyped)
    import onnxruntime  # noqa: PLC0415 (loaded in the worker alone)

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        models.sentence_model(model), sess_options=options, providers=["CPUExecutionProvider"]
    )


@cache
def _tokenizer() -> "BertWordPieceTokenizer":
    from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer  # noqa: PLC0415

    file = resources.files("domain.insight.weights") / "minilm_vocabulary.txt"
    words = file.read_text(encoding="utf-8").split("\n")[:-1]
    tokenizer = BertWordPieceTokenizer({word: number for number, word in enumerate(words)})
    tokenizer.enable_truncation(_MOST_TOKENS)
    tokenizer.enable_padding()
    return tokenizer
