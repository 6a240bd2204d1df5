"""Chats without a database, and a model that answers at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.accounts.models import Caller
from domain.chats.models import (
    Message,
    MessagePage,
    NewSession,
    Role,
    Session,
    SessionChange,
    SessionPage,
)
from domain.core.errors import BadFields, NotFound

_NOW = datetime(2026, 11, 28, tzinfo=UTC)


class FakeChats:
    """Chats of one person."""

    def __init__(self) -> None:
        self.rows: dict[str, Session] = {}
        self.deleted: dict[str, Session] = {}
        self.said: dict[str, list[Message]] = {}
        self.is_available = False
        self.answer: Message | None = None  # what is written to the next question

    async def list(
        self, _caller: Caller, *, moment_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> SessionPage:
        """Return all, or those about a moment."""
        found = [each for each in self.rows.values() if moment_id in (None, each.moment_id)]
        return SessionPage(found[offset : offset + limit], len(found))

    async def get(self, _caller: Caller, chat_id: str) -> Session:
        """Return one."""
        if chat_id not in self.rows:
            raise NotFound("There is no such chat.")
        return self.rows[chat_id]

    async def create(self, caller: Caller, new: NewSession) -> Session:
        """Create one."""
        made = Session(
            id=f"session_{len(self.rows)}",
            organization_id="org_1",
            title=new.title,
            moment_id=new.moment_id,
            moment_title=None,
            moment_kind=None,
            visibility=new.visibility,
            created_by=caller.user_id,
            created_at=_NOW,
            updated_at=_NOW,
            may_edit=True,
        )
        self.rows[made.id] = made
        self.said[made.id] = []
        return made

    async def update(self, caller: Caller, chat_id: str, change: SessionChange) -> Session:
        """Change one."""
        found = await self.get(caller, chat_id)
        title = found.title if change.title is None else change.title
        visibility = change.visibility or found.visibility
        self.rows[chat_id] = replace(found, title=title, visibility=visibility)
        return self.rows[chat_id]

    async def delete(self, caller: Caller, chat_id: str) -> None:
        """Delete one."""
        await self.get(caller, chat_id)
        self.deleted[chat_id] = self.rows.pop(chat_id)

    async def restore(self, _caller: Caller, chat_id: str) -> Session:
        """Restore one."""
        self.rows[chat_id] = self.deleted.pop(chat_id)
        return self.rows[chat_id]

    async def newest(self, caller: Caller, chat_id: str, limit: int = 100) -> MessagePage:
        """Return its newest messages."""
        await self.get(caller, chat_id)
        found: Sequence[Message] = self.said[chat_id]
        return MessagePage(found[-limit:], len(found))

    async def append(
        self, caller: Caller, chat_id: str, content: str, role: Role = "user"
    ) -> Message:
        """Append a message."""
        if not content:
            raise BadFields({"content": "is required"})
        return self._add(chat_id, content, role, caller.user_id)

    async def ask(self, caller: Caller, chat_id: str, content: str) -> Message:
        """Append a question, and the answer if there is one."""
        await self.append(caller, chat_id, content)
        answer = self.answer or replace(self._add(chat_id, "", "assistant", None), state="writing")
        if self.answer is None:
            self.said[chat_id].pop()
        self.said[chat_id].append(answer)
        return answer

    async def ask_again(self, _caller: Caller, chat_id: str) -> Message:
        """Write an answer in place of the last one."""
        lost = self.said[chat_id].pop()
        again = replace(lost, content="", error=None, state="writing")
        self.said[chat_id].append(again)
        return again

    async def stop(self, _caller: Caller, chat_id: str) -> None:
        """Stop what is being written."""
        self.said[chat_id] = [
            replace(each, state="stopped") if each.state == "writing" else each
            for each in self.said[chat_id]
        ]

    def _add(self, chat_id: str, content: str, role: Role, user_id: str | None) -> Message:
        made = Message(
            id=f"message_{len(self.said[chat_id])}",
            moment_id=self.rows[chat_id].moment_id,
            role=role,
            content=content,
            citations=(),
            state="done",
            error=None,
            created_by=user_id,
            author="Ada" if user_id else "",
            is_program=False,
            created_at=_NOW,
        )
        self.said[chat_id].append(made)
        return made
