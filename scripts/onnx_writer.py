"""Write ONNX graphs: the few of protobuf's messages that a graph of constants and operators needs.

The numbers of fields are those of onnx.proto. `onnx` itself would be another dependency of every
installation, for the sake of one file.
"""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}
_FLOAT, _INT, _INTS = 1, 2, 7  # kinds of attributes
_IR, _OPERATORS, _CONTRIBUTED = 8, 17, 1  # versions
Attribute = int | float | Sequence[int]


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        content, kind = _varint(2 << 3 | 5) + struct.pack("<f", value), _FLOAT
    elif isinstance(value, int):
        content, kind = _number(3, value), _INT
    else:
        content, kind = b"".join(_number(8, each) for each in value), _INTS
    return _bytes(1, name) + content + _number(20, kind)


def _port(name: str, kind: str, *shape: str | int) -> bytes:
    sizes = (_bytes(2, each) if isinstance(each, str) else _number(1, each) for each in shape)
    tensor = _number(1, _TYPES[kind]) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


class Graph:
    """A graph that grows; every method returns the name of a value."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._kept: list[bytes] = []

    def keep(self, values: npt.NDArray[np.generic]) -> str:
        """Add a constant."""
        name = f"c{len(self._kept)}"
        shape = b"".join(_number(1, size) for size in values.shape)
        kind = _number(2, _TYPES[values.dtype.name])
        data = _bytes(9, np.ascontiguousarray(values).tobytes())
        self._kept.append(_bytes(5, shape + kind + _bytes(8, name) + data))
        return name

    def op(
        self, kind: str, *inputs: str, out: str = "", domain: str = "", **attributes: Attribute
    ) -> str:
        """Add an operator."""
        name = out or f"t{len(self._nodes)}"
        node = b"".join(_bytes(1, each) for each in inputs) + _bytes(2, name) + _bytes(4, kind)
        node += b"".join(_bytes(5, _attribute(*each)) for each in attributes.items())
        self._nodes.append(_bytes(1, node + (_bytes(7, domain) if domain else b"")))
        return name

    def model(self, inputs: Sequence[str], output: str, size: int) -> bytes:
        """Return the file of a graph: rows of int64 in, a row of float32 of a size each out."""
        ports = [_bytes(11, _port(name, "int64", "rows", "length")) for name in inputs]
        ports.append(_bytes(12, _port(output, "float32", "rows", size)))
        graph = b"".join([*self._nodes, _bytes(2, "sentences"), *self._kept, *ports])
        versions = _bytes(8, _bytes(1, "") + _number(2, _OPERATORS))
        versions += _bytes(8, _bytes(1, "com.microsoft") + _number(2, _CONTRIBUTED))
        return _number(1, _IR) + _bytes(7, graph) + versions
