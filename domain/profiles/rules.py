"""Rules for handles, bios and reports."""

import re
import unicodedata
from typing import Final, get_args

from domain.core.errors import BadFields
from domain.profiles.models import Reason

MAX_BIO: Final = 300
MAX_DETAILS: Final = 2000
MAX_AVATAR: Final = 5 * 1024 * 1024
AVATAR_WIDTH: Final = 256
_HANDLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{1,28}[a-z0-9])")
_RESERVED: Final = frozenset(
    ("about", "admin", "administrator", "api", "help", "me", "moments", "root", "support", "system")
)


def clean_profile(handle: str, bio: str) -> tuple[str, str]:
    """Return a handle and a bio, normalised.

    Raises:
        BadFields: One of them is not possible.
    """
    handle = handle.strip().removeprefix("@").lower()
    bio = " ".join(bio.split())
    wrong = {}
    if not _HANDLE.fullmatch(handle):
        wrong["handle"] = (
            "must have 3 to 30 of a-z, 0-9, hyphens and underscores, and begin and end with a "
            "letter or digit"
        )
    elif handle in _RESERVED:
        wrong["handle"] = "is reserved. Choose another one"
    if problem := _text_problem(bio, MAX_BIO):
        wrong["bio"] = problem
    if wrong:
        raise BadFields(wrong)
    return handle, bio


def check_report(reason: str, details: str) -> None:
    """Check a report's reason and words.

    Raises:
        BadFields: One of them is not possible.
    """
    wrong = {}
    if reason not in get_args(Reason):
        wrong["reason"] = f"must be one of {', '.join(get_args(Reason))}"
    if problem := _text_problem(details, MAX_DETAILS):
        wrong["details"] = problem
    if wrong:
        raise BadFields(wrong)


def _text_problem(text: str, limit: int) -> str | None:
    if len(text) > limit:
        return f"must have at most {limit} characters"
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\r\n\t" for c in text):
        return "holds control characters"
    return None
