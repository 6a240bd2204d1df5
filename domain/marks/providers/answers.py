"""Reads what only providers say: addresses of their pictures, and how long they ask to wait."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

_MAX_WAIT_S: Final = 24 * 3600
_PICTURE_HOSTS: Final = (
    "i.ytimg.com", "img.youtube.com", "i.scdn.co", ".spotifycdn.com", ".sndcdn.com",
    "i.vimeocdn.com",
)  # fmt: skip


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
