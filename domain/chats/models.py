"""Chats as other code sees them.

Events (`Events.publish`): `session.created|updated|deleted` with `{"id": …}`, for those who can see
the session; while an answer is written, each sentence is an update.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Role = Literal["user", "assistant", "system"]
Visibility = Literal["private", "organization"]
State = Literal["done", "writing", "stopped", "failed"]

MAX_CONTENT: Final = 20_000
NOT_SAID: Final = "Not said in this moment."
INTERRUPTED: Final = "The answer was interrupted. Ask again."
PURGE_JOB: Final = "chats.purge"
RESTORABLE_S: Final = 3600  # after it was deleted
ANSWER_JOB: Final = "chats.answer"  # its key is the answer's id


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to create; without a moment, it gets the one that the call is about."""

    title: str = ""
    moment_id: str | None = None
    visibility: Visibility = "organization"


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Changes; None leaves a field unchanged, and `has_moment` says that the moment changes."""

    title: str | None = None
    visibility: Visibility | None = None
    moment_id: str | None = None
    has_moment: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A chat; `may_edit` is whether the caller may change or delete it."""

    id: str
    organization_id: str
    title: str
    moment_id: str | None
    moment_title: str | None
    moment_kind: str | None
    visibility: Visibility
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    may_edit: bool


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of sessions."""

    items: Sequence[Session]
    total: int


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of an answer comes from; `at` is the end of the sentence in the content."""

    at: int
    moment_id: str
    title: str
    text: str
    speaker: str = ""
    start_s: float | None = None
    video_id: str | None = None

    @property
    def href(self) -> str:
        """The address of the page that opens it, at its time."""
        if self.video_id is not None:
            return f"/videos/{self.video_id}?t={self.start_s or 0:g}"
        return f"/library/{self.moment_id}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a chat.

    Of `withheld` sentences, the caller can no longer see the moments that they cite.
    """

    id: str
    moment_id: str | None
    role: Role
    content: str
    citations: tuple[Citation, ...]
    state: State
    error: str | None
    created_by: str | None
    author: str
    is_program: bool
    created_at: datetime
    withheld: int = 0

    @property
    def is_answer(self) -> bool:
        """Whether it was written by our model, not by a program."""
        return self.role == "assistant" and not self.is_program


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of messages, oldest first."""

    items: Sequence[Message]
    total: int
