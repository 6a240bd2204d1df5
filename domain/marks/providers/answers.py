"""Reads providers' answers, which may hold anything: only expected texts of expected sizes pass."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

_MAX_TEXT: Final = 300
_MAX_DURATION_S: Final = 7 * 24 * 3600
_MAX_WAIT_S: Final = 24 * 3600
_PICTURE_HOSTS: Final = (
    "i.ytimg.com", "img.youtube.com", "i.scdn.co", ".spotifycdn.com", ".sndcdn.com",
    "i.vimeocdn.com",
)  # fmt: skip


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


def picture(value: object) -> str | None:
    """Return a picture's address if it is one of the provider's own."""
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    host = parts.hostname or ""
    is_known = any(host == own or (own[0] == "." and host.endswith(own)) for own in _PICTURE_HOSTS)
    return value if parts.scheme == "https" and is_known and "@" not in parts.netloc else None


def duration_ms(value: object, *, unit_ms: int = 1000) -> int | None:
    """Return a length in milliseconds, or None if it is none that media can have."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 (NaN)
        return None
    return round(value * unit_ms) if 0 < value * unit_ms / 1000 <= _MAX_DURATION_S else None


def retry_after_s(header: str | None, now: datetime, default_s: float = 60) -> float:
    """Return how long a `Retry-After` asks to wait (RFC 9110, section 10.2.3), bounded."""
    if header is None:
        return default_s
    if header.strip().isdecimal():
        return min(_MAX_WAIT_S, max(1, int(header.strip()[:9])))
    try:
        at = parsedate_to_datetime(header)
        return min(_MAX_WAIT_S, max(1.0, (at - now).total_seconds()))
    except (ValueError, TypeError):
        return default_s
