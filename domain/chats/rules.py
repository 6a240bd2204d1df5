"""What titles and messages must be."""

from typing import Final

from domain.chats.models import MAX_CONTENT
from domain.core.errors import BadFields
from domain.moments.rules import clean_words

_TITLE_OF_TEXT: Final = 60


def clean_title(title: str) -> str:
    """Return a title as it is stored.

    Raises:
        BadFields: It is too long.
    """
    return clean_words(title, None, None).title or ""


def clean_content(content: str) -> str:
    """Return a message as it is stored.

    Raises:
        BadFields: It is empty or too long.
    """
    text = content.replace("\r\n", "\n").strip()
    if not text:
        raise BadFields({"content": "is required"})
    if len(text) > MAX_CONTENT:
        raise BadFields({"content": f"must have at most {MAX_CONTENT} characters"})
    return text


def title_of(text: str) -> str:
    """Return the title of a chat that begins with a text."""
    line = " ".join(text.split())
    if len(line) <= _TITLE_OF_TEXT:
        return line
    return line[:_TITLE_OF_TEXT].rsplit(" ", 1)[0] + "…"
