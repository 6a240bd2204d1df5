"""Finds `@handle` in texts, and asks for the job that notifies those people."""

import re
from typing import Final

from domain.infra.queue import Queue

MENTION_JOB: Final = "moments.mention"
# Not in addresses: a@b.example, https://example.org/@ada.
_NAME: Final = re.compile(r"(?<![\w@./-])@([a-z0-9](?:[a-z0-9_-]{1,28})[a-z0-9])(?![\w@])", re.I)


def names_in(text: str) -> list[str]:
    """Return the handles that a text mentions, in lower case, each once."""
    return list(dict.fromkeys(found.lower() for found in _NAME.findall(text)))


async def mention_later(queue: Queue, moment_id: str, text: str | None) -> None:
    """Have those notified whom a moment's note mentions, once the open transaction commits."""
    if text and names_in(text):
        await queue.enqueue(MENTION_JOB, {"moment_id": moment_id}, key=moment_id)
