"""Chats in wire format: snake_case."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.chats.models import (
    MAX_CONTENT,
    Message,
    NewSession,
    Role,
    Session,
    SessionChange,
    State,
    Visibility,
)
from webapp.api.schemas import In, Instant, Out, Page, instant

MomentId = Annotated[str, Meta(max_length=64, examples=["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
Title = Annotated[str, Meta(max_length=200, examples=["Why a second button?"])]
_SEEN = "`private`: its creator alone. `organization`: those who can see the moment."


class NewSessionIn(In, frozen=True, kw_only=True):
    """A chat to create; without a title, its first message names it.

    Without `moment_id`, it is about the moment of the X-Moment-Id header, or about none.
    """

    title: Title = ""
    moment_id: MomentId | None = None
    visibility: Annotated[Visibility, Meta(description=_SEEN)] = "organization"

    def new(self) -> NewSession:
        """Return what is to be created."""
        return NewSession(self.title, self.moment_id, self.visibility)


class SessionPatch(In, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged. Messages keep the moment that they are about."""

    title: Title | None = None
    moment_id: MomentId | UnsetType | None = UNSET
    visibility: Annotated[Visibility, Meta(description=_SEEN)] | None = None

    def change(self) -> SessionChange:
        """Return what changes."""
        if isinstance(self.moment_id, UnsetType):
            return SessionChange(self.title, self.visibility)
        return SessionChange(self.title, self.visibility, self.moment_id, has_moment=True)


class SessionOut(Out, frozen=True, kw_only=True):
    """A chat."""

    id: Annotated[str, Meta(examples=["session_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    title: str
    moment_id: str | None
    visibility: Visibility
    created_at: Instant
    updated_at: Instant
    created_by: str | None


class SessionList(Page, frozen=True, kw_only=True):
    """Chats, the last changed first."""

    items: list[SessionOut]


class MessageIn(In, frozen=True, kw_only=True):
    """A message. Programs, which send an API token, may write in any role; people as `user`."""

    role: Role = "user"
    content: Annotated[str, Meta(min_length=1, max_length=MAX_CONTENT, examples=["Did it ship?"])]


class QuestionIn(In, frozen=True, kw_only=True):
    """A question about the chat's moment."""

    content: Annotated[str, Meta(min_length=1, max_length=MAX_CONTENT, examples=["Did it ship?"])]


class CitationOut(Out, frozen=True, kw_only=True):
    """Where the sentence that ends at `at` of the content comes from; `href` plays it."""

    at: int
    moment_id: str
    title: str
    text: str
    speaker: str
    start_s: float | None
    href: str


class MessageOut(Out, frozen=True, kw_only=True):
    """A message; `state` tells whether an answer is complete, and `error` why it is not.

    `withheld` counts an answer's sentences that cite moments which the caller cannot see any more.
    """

    id: Annotated[str, Meta(examples=["message_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    role: Role
    content: str
    created_at: Instant
    created_by: str | None
    citations: list[CitationOut]
    state: State
    error: str | None
    withheld: int


class MessageList(Page, frozen=True, kw_only=True):
    """Messages, oldest first."""

    items: list[MessageOut]


def session_out(session: Session) -> SessionOut:
    """Return a chat in wire format."""
    return SessionOut(
        id=session.id,
        title=session.title,
        moment_id=session.moment_id,
        visibility=session.visibility,
        created_at=instant(session.created_at) or "",
        updated_at=instant(session.updated_at) or "",
        created_by=session.created_by,
    )


def message_out(message: Message) -> MessageOut:
    """Return a message in wire format."""
    return MessageOut(
        id=message.id,
        role=message.role,
        content=message.content,
        created_at=instant(message.created_at) or "",
        created_by=message.created_by,
        citations=[
            CitationOut(
                at=each.at,
                moment_id=each.moment_id,
                title=each.title,
                text=each.text,
                speaker=each.speaker,
                start_s=each.start_s,
                href=each.href,
            )
            for each in message.citations
        ],
        state=message.state,
        error=message.error,
        withheld=message.withheld,
    )
