"""The messages of a chat: one element for all, drawn from one prop."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nicegui import ui


@dataclass(frozen=True, slots=True)
class Piece:
    """A text, or a link to where it comes from."""

    text: str
    href: str | None = None
    title: str = ""
    is_timed: bool = False  # it plays
    video: str | None = None  # that plays at `at`, in seconds
    at: float = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A message as it is shown."""

    id: str
    look: Literal["mine", "theirs", "answer"]
    author: str
    created: str  # ISO 8601
    pieces: Sequence[Piece]
    note: str = ""
    is_writing: bool = False

    def wire(self) -> dict[str, object]:
        """Return the prop; a text has no link."""
        pieces = [
            {"text": each.text}
            if each.href is None
            else {
                "text": each.text,
                "href": each.href,
                "title": each.title,
                "is_timed": each.is_timed,
                "video": each.video,
                "at": each.at,
            }
            for each in self.pieces
        ]
        return {
            "id": self.id,
            "look": self.look,
            "author": self.author,
            "created": self.created,
            "pieces": pieces,
            "note": self.note,
            "is_writing": self.is_writing,
        }


class ChatLog(ui.element, component="chat_log.js"):
    """Messages, oldest first; calls `on_older` when the visitor scrolls up to the first of them."""

    def __init__(self, on_older: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.turns: Sequence[Turn] = ()
        self._props["messages"] = []
        self.on("older", on_older, args=[])

    def show(self, turns: Sequence[Turn], *, has_older: bool) -> None:
        """Show these messages, and whether there are earlier ones."""
        self.turns = turns
        with self._props.suspend_updates():
            self._props["hasOlder"] = has_older
            self._props["messages"] = [each.wire() for each in turns]
        self.update()

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        seen = [
            text
            for turn in self.turns
            for text in (turn.author, "".join(p.text for p in turn.pieces), turn.note)
        ]
        return [*super()._displayed_contents(only_visible=only_visible), *seen]
