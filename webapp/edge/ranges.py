"""Conditional and partial reads: entity tags and byte ranges (RFC 9110, sections 13 and 14)."""

import re

ByteRange = tuple[int, int]
_RANGE = re.compile(r"bytes=\s*(?P<first>\d{0,18})-(?P<last>\d{0,18})\s*", re.IGNORECASE | re.ASCII)


class NotSatisfiable(Exception):  # noqa: N818 (a word of the RFC)
    """The requested range starts after the end."""


def etag_of(generation: str) -> str:
    """Return a generation's entity tag."""
    return '"' + re.sub(r"[^\x21\x23-\x7e]", "", generation) + '"'


def matches(header: str | None, etag: str) -> bool:
    """Return whether `If-None-Match` contains an entity tag; weak tags match, as the RFC says."""
    if header is None:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return any(tag in {"*", etag} for tag in tags)


def parse_range(header: str | None, if_range: str | None, size: int, etag: str) -> ByteRange | None:
    """Return the half-open range [start, stop) to send, or None for the whole.

    Ignores several ranges, other units and malformed ones, as the RFC allows, and a range for
    another version of the file (`If-Range`).

    Raises:
        NotSatisfiable: The range starts after the end, or is empty.
    """
    found = _RANGE.fullmatch(header) if header else None
    if found is None or (if_range is not None and if_range.strip() != etag):
        return None
    first, last = found["first"], found["last"]
    if not first:
        return _suffix(last, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise NotSatisfiable
    return start, min(int(last) + 1, size) if last else size


def _suffix(last: str, size: int) -> ByteRange | None:
    """Return the range of the last bytes."""
    if not last:
        return None
    if int(last) == 0 or size == 0:
        raise NotSatisfiable
    return max(0, size - int(last)), size
