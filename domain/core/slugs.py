"""Slugs: readable names in addresses, in lower-case ASCII."""

import re
import unicodedata
from typing import Final

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def slug_from(text: str, otherwise: str) -> str:
    """Return a slug of at most 50 characters that reads like a text, or `otherwise`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or otherwise


def slug_problem(slug: str) -> str | None:
    """Return what is wrong with a slug, or None."""
    if _SLUG.fullmatch(slug):
        return None
    return "must have 1 to 63 of a-z, 0-9 and hyphens, with none at its ends"
