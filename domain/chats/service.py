"""Chats for people and programs: create, read, append, change, delete.

People write as `user`. `assistant` and `system` are for programs, which send an API token; what
they write carries the name of the token's owner.
"""

import json
from datetime import datetime
from typing import Any, Final

from domain.accounts.models import Actor, Caller
from domain.accounts.models import Role as MemberRole
from domain.accounts.rights import Rights
from domain.chats.events import ChatEvents
from domain.chats.mentions import MENTION_JOB
from domain.chats.models import (
    ANSWER_JOB,
    PURGE_JOB,
    RESTORABLE_S,
    Message,
    MessagePage,
    NewSession,
    Role,
    Session,
    SessionChange,
    SessionPage,
)
from domain.chats.records import ChatRecords
from domain.chats.rules import clean_content, clean_title, title_of
from domain.chats.tables import Messages, Sessions
from domain.core.context import current_moment
from domain.core.errors import Forbidden
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.indexing import index_later
from domain.moments.mention_names import names_in
from domain.moments.records import MomentRecords

# Messages about no moment yet are about the session's first one.
_ADOPT: Final = """
UPDATE messages SET moment_id = $2 WHERE session_id = $1 AND moment_id IS NULL RETURNING id
"""
_TOUCH: Final = """
UPDATE sessions SET updated_at = $2, title = CASE WHEN title = '' THEN $3 ELSE title END
WHERE id = $1
"""
_DELETE: Final = "UPDATE sessions SET deleted_at = $2 WHERE id = $1"
_STOP: Final = """
UPDATE messages SET state = 'stopped', given = NULL WHERE session_id = $1 AND state = 'writing'
"""
# One that was restored and deleted again has a job of its own.
_PURGE: Final = "DELETE FROM sessions WHERE id = $1 AND deleted_at <= $2"


class ChatService:
    """The service of chats."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        moments: MomentRecords,
        records: ChatRecords,
        events: ChatEvents,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._rights = rights
        self._moments = moments
        self.records = records
        self.events = events

    async def create(self, caller: Caller, new: NewSession) -> Session:
        """Create a session (members), about the moment that the call is about by default.

        Raises:
            BadFields: The title is not possible. NotFound: The caller cannot see the moment.
        """
        title = clean_title(new.title)
        moment_id = new.moment_id if new.moment_id is not None else current_moment()
        session_id, now = new_id("session"), self._clock.now()
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=MemberRole.MEMBER)
            if moment_id is not None:
                await self._moments.find(actor, moment_id)
            await Sessions.insert(
                Sessions(
                    id=session_id,
                    organization_id=actor.organization_id,
                    created_by=actor.user_id,
                    moment_id=moment_id,
                    title=title,
                    visibility=new.visibility,
                    created_at=now,
                    updated_at=now,
                )
            )
            session = await self.records.find(actor, session_id)
            await self.events.publish("session.created", session.id)
        return session

    async def list(
        self, caller: Caller, *, moment_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> SessionPage:
        """Return a page of the sessions that the caller can see, the last changed first.

        Raises:
            NotFound: The caller cannot see the moment.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            if moment_id is not None:
                await self._moments.find(actor, moment_id)
            return SessionPage(*await self.records.sessions(actor, moment_id, limit, offset))

    async def get(self, caller: Caller, session_id: str) -> Session:
        """Return a session."""
        async with self._database.transaction():
            return await self.records.find(await self._rights.load(caller), session_id)

    async def update(self, caller: Caller, session_id: str, change: SessionChange) -> Session:
        """Change a session: its creator, and admins unless it is private.

        Raises:
            Forbidden: Somebody else created it. BadFields, NotFound: As `create`.
        """
        title = None if change.title is None else clean_title(change.title)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=MemberRole.MEMBER)
            session = await self.records.find(actor, session_id, lock=True)
            _check_edit(session)
            wanted = change.moment_id if change.has_moment else current_moment()
            if change.has_moment or wanted is not None:
                await self._set_moment(actor, session, wanted)
            await self._database.execute(
                "UPDATE sessions SET title = coalesce($2, title),"
                " visibility = coalesce($3, visibility), updated_at = $4 WHERE id = $1",
                session.id,
                title,
                change.visibility,
                self._clock.now(),
            )
            changed = await self.records.find(actor, session.id)
            await self.events.publish("session.updated", changed.id)
        return changed

    async def delete(self, caller: Caller, session_id: str) -> None:
        """Delete a session with its messages; who may is as in `update`.

        Nobody sees it any more, and within an hour it is erased unless it is restored.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=MemberRole.MEMBER)
            session = await self.records.find(actor, session_id, lock=True)
            _check_edit(session)
            now = self._clock.now()
            await self.events.publish("session.deleted", session.id)
            await self._database.execute(_DELETE, session.id, now)
            await self._database.execute(_STOP, session.id)
            gone = {"id": session.id, "deleted_at": now.isoformat()}
            await self._queue.enqueue(PURGE_JOB, gone, delay_s=RESTORABLE_S)

    async def restore(self, caller: Caller, session_id: str) -> Session:
        """Restore a session that was deleted; who may is as in `update`.

        Raises:
            NotFound: It is not deleted, or erased already.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=MemberRole.MEMBER)
            session = await self.records.find(actor, session_id, lock=True, is_deleted=True)
            _check_edit(session)
            await self._database.execute(_DELETE, session.id, None)
            await self.events.publish("session.updated", session.id)
        return session

    async def purge(self, args: dict[str, Any]) -> None:
        """Erase a session that was deleted and not restored since (a job)."""
        await self._database.execute(_PURGE, args["id"], datetime.fromisoformat(args["deleted_at"]))

    async def messages(
        self, caller: Caller, session_id: str, *, limit: int = 50, offset: int = 0
    ) -> MessagePage:
        """Return a page of a session's messages, oldest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            session = await self.records.find(actor, session_id)
            return MessagePage(*await self.records.messages(actor, session.id, limit, offset))

    async def newest(self, caller: Caller, session_id: str, limit: int = 100) -> MessagePage:
        """Return the newest messages of a session, oldest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            session = await self.records.find(actor, session_id)
            found, total = await self.records.messages(actor, session.id, limit, 0, newest=True)
        return MessagePage(found[::-1], total)

    async def append(
        self, caller: Caller, session_id: str, content: str, role: Role = "user"
    ) -> Message:
        """Append a message (members).

        The moment that the call is about becomes the chat's only for those who may change it:
        nobody else may hide a chat behind a moment that others cannot see.

        Raises:
            BadFields: It is empty or too long. Forbidden: Only programs write in this role.
            NotFound: The caller cannot see the session.
        """
        text = clean_content(content)
        if role != "user" and caller.credential == "session":
            raise Forbidden(
                f"Only programs write as `{role}`. Send it with an API token, or write as `user`."
            )
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=MemberRole.MEMBER)
            session = await self.records.find(actor, session_id, lock=True)
            about = current_moment()
            if session.may_edit and about not in {None, session.moment_id}:
                await self._set_moment(actor, session, about)
                session = await self.records.find(actor, session.id)
            is_program = caller.credential == "token"
            return await self.insert(actor, session, text, role, is_program=is_program)

    async def insert(
        self, actor: Actor, session: Session, text: str, role: Role, *, is_program: bool
    ) -> Message:
        """Insert a message in the open transaction."""
        message = self._row(session, role)
        message.content, message.is_program = text, is_program
        message.created_by = actor.user_id
        await Messages.insert(message)
        await self._database.execute(_TOUCH, session.id, message.created_at, title_of(text))
        await index_later(self._queue, "message", message.id)
        if names_in(text):
            await self._queue.enqueue(MENTION_JOB, {"id": message.id}, key=message.id)
        return await self._inserted(actor, session)

    async def insert_answer(self, actor: Actor, session: Session, given: str) -> Message:
        """Insert an answer that is to be written from what is given, in the open transaction."""
        message = self._row(session, "assistant")
        message.state, message.given = "writing", given
        await Messages.insert(message)
        job = {"id": message.id}
        await self._queue.enqueue(ANSWER_JOB, job, key=message.id, max_attempts=2)
        return await self._inserted(actor, session)

    def _row(self, session: Session, role: Role) -> Messages:
        return Messages(
            id=new_id("message"),
            session_id=session.id,
            moment_id=session.moment_id,
            role=role,
            content="",
            citations=json.dumps([]),
            state="done",
            created_at=self._clock.now(),
        )

    async def _inserted(self, actor: Actor, session: Session) -> Message:
        await self.events.publish("session.updated", session.id)
        [message], _ = await self.records.messages(actor, session.id, 1, 0, newest=True)
        return message

    async def delete_of(self, user_id: str) -> None:
        """Delete in the open transaction what a person did not share with an organisation."""
        await self._database.execute(
            "DELETE FROM sessions WHERE created_by = $1 AND visibility = 'private'", user_id
        )

    async def _set_moment(self, actor: Actor, session: Session, moment_id: str | None) -> None:
        if moment_id is not None:
            moment = await self._moments.find(actor, moment_id)
            is_creator = session.created_by in {None, actor.user_id}
            if moment.visibility == "private" and not is_creator:
                raise Forbidden(
                    "That moment is private, so others would lose this chat. Choose another one."
                )
        await self._database.execute(
            "UPDATE sessions SET moment_id = $2 WHERE id = $1", session.id, moment_id
        )
        if moment_id is not None:
            for row in await self._database.fetch(_ADOPT, session.id, moment_id):
                await index_later(self._queue, "message", row["id"])


def _check_edit(session: Session) -> None:
    if not session.may_edit:
        raise Forbidden("Only the person who created this, an owner or an admin can change it.")
