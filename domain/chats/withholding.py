"""Leaves out of an answer what it quotes from moments that its reader cannot see any more."""

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby

from domain.chats.models import Citation, Message


def withheld(message: Message, seen: Collection[str]) -> Message:
    """Return a message without the sentences that cite a moment which is not among `seen`.

    A sentence ends where its citations are; what follows the last one cites nothing and stays.
    """
    if all(each.moment_id in seen for each in message.citations):
        return message
    content, citations, count, start = "", list[Citation](), 0, 0
    for end, found in groupby(message.citations, lambda each: each.at):
        sentence, start, cited = message.content[start:end].strip(), end, list(found)
        if not all(each.moment_id in seen for each in cited):
            count += 1
            continue
        content = f"{content} {sentence}".strip()
        citations += [replace(each, at=len(content)) for each in cited]
    content = f"{content}{message.content[start:]}".strip()
    return replace(message, content=content, citations=tuple(citations), withheld=count)
