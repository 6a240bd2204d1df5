"""Identifiers that carry their kind and sort by creation time.

An id is a kind's prefix, an underscore and a UUIDv7 (RFC 9562, section 5.7) in Crockford's base32,
26 characters: `clip_01jd…`. Lower case, so that it works in a host name or a file name.
"""

import re
from typing import Literal

import uuid_utils

Kind = Literal[
    "asset", "clip", "coll", "decision", "delivery", "hook", "ignored", "invite", "job", "login",
    "member", "message", "moment", "node", "notice", "nudge", "org", "orphan", "push", "report",
    "reset", "search", "session", "share", "snap", "source", "stream", "token", "track", "user",
    "video", "vm",
]  # fmt: skip

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(rf"[a-z]{{2,8}}_[{_ALPHABET}]{{26}}")


def new_id(kind: Kind) -> str:
    """Return a new id of a kind, greater than every earlier one."""
    number = uuid_utils.uuid7().int
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{kind}_{''.join(digits)}"


def is_id(text: str, kind: Kind) -> bool:
    """Return whether a text has the form of an id of a kind."""
    return text.startswith(f"{kind}_") and _ID.fullmatch(text) is not None
