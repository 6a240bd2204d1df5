"""Messages as the page shows them."""

from typing import Final

from domain.chats.models import Citation, Message
from domain.core.time import clock_text, isoformat
from webapp.app.components.chat_log import Piece, Turn
from webapp.app.kit.elements import plural

_STATES: Final = {"writing": "Reading the moment…", "stopped": "Stopped."}


def turn_of(message: Message, user_id: str | None) -> Turn:
    """Return a message as it is shown: with whom it is from, and links to what it cites."""
    is_ours = message.is_answer
    is_mine = message.created_by == user_id and not message.is_program
    author = message.author or "Deleted account"
    if message.is_program:
        author = f"{message.role}, sent by a program of {author}"
    return Turn(
        id=message.id,
        look="answer" if is_ours else "mine" if is_mine else "theirs",
        author="" if is_ours or is_mine else author,
        created=isoformat(message.created_at),
        pieces=_pieces(message),
        note=" ".join(filter(None, (_withheld(message), _about(message)))),
        is_writing=message.state == "writing",
    )


def _pieces(message: Message) -> list[Piece]:
    """Return the text with a link after each sentence that cites something."""
    pieces: list[Piece] = []
    at = 0
    for cited in message.citations:
        if cited.at > at:
            pieces.append(Piece(message.content[at : cited.at] + " "))
            at = cited.at
        pieces.append(_link(cited, message.moment_id))
    if rest := message.content[at:]:
        pieces.append(Piece(rest))
    return pieces


def _link(cited: Citation, moment_id: str | None) -> Piece:
    said = f"{cited.speaker}: {cited.text}" if cited.speaker else cited.text
    if cited.start_s is None:
        name = "Note" if cited.moment_id == moment_id else cited.title[:40]
        return Piece(name, cited.href, said)
    text = clock_text(round(cited.start_s))
    return Piece(text, cited.href, said, is_timed=True, video=cited.video_id, at=cited.start_s)


def _withheld(message: Message) -> str:
    if not message.withheld:
        return ""
    if message.withheld == 1:
        return "One sentence is withheld: you can no longer see the moment that it cites."
    return f"{message.withheld} sentences are withheld: you can no longer see what they cite."


def _about(message: Message) -> str:
    """Return how an answer stands, or how many places it is from."""
    if about := message.error or _STATES.get(message.state):
        return about
    if not message.citations:
        return ""
    count = len({(each.moment_id, each.start_s, each.text) for each in message.citations})
    return f"From {plural(count, 'place')} in the moment"
