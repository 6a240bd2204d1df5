"""AMF0, the value encoding of RTMP commands (Adobe's AMF 0 specification)."""

import struct
from collections.abc import Callable
from typing import TypeAlias

from media_server.ingest.rtmp.errors import ProtocolError

Value: TypeAlias = "bool | float | str | list[Value] | dict[str, Value] | None"

_DEEPEST = 8
_MOST_VALUES = 4096  # of one body; a publisher's metadata has about twenty
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ECMA_ARRAY, _END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12


def decode(
    data: bytes | bytearray | memoryview, spend: Callable[[], None] = lambda: None
) -> list[Value]:
    """Return the consecutive values in a body; calls `spend` for each of them.

    Raises:
        ProtocolError: They are truncated, too deeply nested, too many, or of an unused type.
    """
    reader = _Reader(bytes(data), spend)
    values: list[Value] = []
    try:
        while not reader.is_done:
            values.append(reader.value(0))
    except (struct.error, IndexError):
        raise ProtocolError("a command is truncated") from None
    return values


class _Reader:
    def __init__(self, data: bytes, spend: Callable[[], None]) -> None:
        self._data = data
        self._at = 0
        self._spend = spend
        self._left = _MOST_VALUES

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._data)

    def value(self, depth: int) -> Value:
        self._spend()
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise ProtocolError(
                f"a command is nested too deeply or has more than {_MOST_VALUES} values"
            )
        kind = self._byte()
        if kind == _OBJECT:
            return self._properties(depth)
        if kind == _ECMA_ARRAY:
            self._take(4)  # a count that publishers ignore: the end marker decides
            return self._properties(depth)
        if kind == _STRICT_ARRAY:
            count = int.from_bytes(self._take(4), "big")
            return [self.value(depth + 1) for _ in range(min(count, len(self._data)))]
        return self._scalar(kind)

    def _scalar(self, kind: int) -> Value:
        if kind in {_NUMBER, _DATE}:
            number: float = struct.unpack(">d", self._take(8))[0]
            self._take(2 if kind == _DATE else 0)
            return number
        if kind == _BOOLEAN:
            return self._byte() != 0
        if kind in {_STRING, _LONG_STRING}:
            return self._text(2 if kind == _STRING else 4)
        if kind in {_NULL, _UNDEFINED}:
            return None
        raise ProtocolError(f"a command has a value of type {kind}")

    def _properties(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at] == _END:
                self._at += 1
                return found
            found[name] = self.value(depth + 1)

    def _text(self, size: int) -> str:
        return self._take(int.from_bytes(self._take(size), "big")).decode(errors="replace")

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise IndexError
        taken, self._at = self._data[self._at : end], end
        return taken


def encode(*values: Value) -> bytes:
    """Return values as a command's body."""
    return b"".join(map(_encoded, values))


def _encoded(value: Value) -> bytes:
    if value is None:
        return bytes([_NULL])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, int | float):
        return struct.pack(">Bd", _NUMBER, value)
    if isinstance(value, str):
        raw = value.encode()
        return struct.pack(">BI" if len(raw) > 0xFFFF else ">BH", *_head(raw)) + raw
    if isinstance(value, dict):
        inner = b"".join(_name(key) + _encoded(item) for key, item in value.items())
        return bytes([_OBJECT]) + inner + bytes([0, 0, _END])
    return struct.pack(">BI", _STRICT_ARRAY, len(value)) + encode(*value)


def _head(raw: bytes) -> tuple[int, int]:
    return (_LONG_STRING if len(raw) > 0xFFFF else _STRING), len(raw)


def _name(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw
