"""Reads JSON that may hold anything: only expected values of expected sizes pass."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_MAX_TEXT: Final = 300
_MAX_DURATION_S: Final = 7 * 24 * 3600


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return a body's JSON object, or None if it is anything else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text(value: object) -> str:
    """Return a value as one clean line, or an empty text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * _MAX_TEXT].split())
    kept = (c for c in line if unicodedata.category(c) not in {"Cc", "Cs", "Cf", "Co"})
    return "".join(kept)[:_MAX_TEXT].strip()


def object_of(value: object) -> Mapping[str, Any]:
    """Return a value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> Sequence[Any]:
    """Return a value if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def duration_ms(value: object, *, unit_ms: int = 1000) -> int | None:
    """Return a length in milliseconds, or None if it is none that media can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    is_length = 0 < value <= _MAX_DURATION_S * 1000 / unit_ms  # false for NaN, too
    return round(value * unit_ms) if is_length else None
