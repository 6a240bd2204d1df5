"""Rows of chats; the caller opens the transaction and has loaded the rights."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.accounts.models import Actor
from domain.chats.models import ANSWER_JOB, INTERRUPTED, Citation, Message, Session
from domain.chats.withholding import withheld
from domain.core.errors import NotFound
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.records import MomentRecords
from domain.moments.search import Where

OPEN_TO: Final = "(s.visibility = 'organization' OR s.created_by = $3)"
_SESSION: Final = """
SELECT s.*, m.title AS moment_title, m.kind AS moment_kind, count(*) OVER () AS total
FROM sessions s LEFT JOIN moments m ON m.id = s.moment_id
"""
_MESSAGE: Final = """
SELECT c.*, u.name AS author, count(*) OVER () AS total
FROM messages c JOIN sessions s ON s.id = c.session_id
LEFT JOIN moments m ON m.id = c.moment_id LEFT JOIN app_user u ON u.id = c.created_by
"""


class ChatRecords:
    """Reads what an actor can see.

    A session is seen by its organisation, or by its creator alone; one about a moment only by those
    who see the moment, and the same holds for each message.
    """

    def __init__(self, base: Base, moments: MomentRecords) -> None:
        self._database = base.database
        self._queue = base.queue
        self._moments = moments

    async def where(self, actor: Actor, moment: str, *, is_deleted: bool = False) -> Where:
        """Return the condition over sessions `s` and moments `m`; `moment` is the id's column."""
        where = await self._moments.where_about(
            actor, organization="s.organization_id", moment=moment
        )
        where.add(OPEN_TO)
        where.add(f"s.deleted_at IS {'NOT ' if is_deleted else ''}NULL")
        return where

    async def sessions(
        self, actor: Actor, moment_id: str | None, limit: int, offset: int
    ) -> tuple[Sequence[Session], int]:
        """Return a page of sessions, the last changed first, and their number."""
        where = await self.where(actor, "s.moment_id")
        where.add_if("s.moment_id = {}", moment_id)
        size = f" LIMIT {where.argument(limit)} OFFSET {where.argument(offset)}"
        rows = await self._database.fetch(
            f"{_SESSION} WHERE {where.sql} ORDER BY s.updated_at DESC, s.id DESC{size}",
            *where.arguments,
        )
        return [_session_of(actor, row) for row in rows], rows[0]["total"] if rows else 0

    async def find(
        self, actor: Actor, session_id: str, *, lock: bool = False, is_deleted: bool = False
    ) -> Session:
        """Return a session; or one that is deleted, before it is erased.

        Raises:
            NotFound: It is absent, another organisation's, or hidden from the actor.
        """
        clean = session_id.replace("\0", "")
        if lock:
            await self._database.fetch("SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE", clean)
        where = await self.where(actor, "s.moment_id", is_deleted=is_deleted)
        where.add_if("s.id = {}", clean)
        row = await self._database.fetchrow(f"{_SESSION} WHERE {where.sql}", *where.arguments)
        if row is None:
            raise NotFound("There is no such chat.")
        return _session_of(actor, row)

    async def messages(
        self, actor: Actor, session_id: str, limit: int, offset: int, *, newest: bool = False
    ) -> tuple[Sequence[Message], int]:
        """Return messages, oldest first, and their number; or the newest ones, newest first."""
        where = await self.where(actor, "c.moment_id")
        where.add_if("c.session_id = {}", session_id)
        order = "DESC" if newest else "ASC"
        size = f" LIMIT {where.argument(limit)} OFFSET {where.argument(offset)}"
        rows = await self._database.fetch(
            f"{_MESSAGE} WHERE {where.sql} ORDER BY c.id {order}{size}", *where.arguments
        )
        found = await self._with_lost(list(map(message_of, rows)))
        seen = await self._moments.seen(
            actor, {each.moment_id for message in found for each in message.citations}
        )
        return [withheld(each, seen) for each in found], rows[0]["total"] if rows else 0

    async def _with_lost(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return messages, with answers that nobody writes any more as failed."""
        writing = [each.id for each in messages if each.state == "writing"]
        if not writing:
            return messages
        lost = {*writing} - await self._queue.alive(ANSWER_JOB, writing)
        return [
            replace(each, state="failed", error=INTERRUPTED) if each.id in lost else each
            for each in messages
        ]


def _session_of(actor: Actor, row: Record) -> Session:
    is_creator = actor.user_id is not None and row["created_by"] == actor.user_id
    is_admin = actor.is_admin and row["visibility"] == "organization"
    return Session(
        id=row["id"],
        organization_id=row["organization_id"],
        title=row["title"],
        moment_id=row["moment_id"],
        moment_title=row["moment_title"],
        moment_kind=row["moment_kind"],
        visibility=row["visibility"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        may_edit=is_creator or is_admin,
    )


def message_of(row: Record) -> Message:
    """Return a message of a row that has its author's name."""
    return Message(
        id=row["id"],
        moment_id=row["moment_id"],
        role=row["role"],
        content=row["content"],
        citations=tuple(Citation(**each) for each in json.loads(row["citations"])),
        state=row["state"],
        error=row["error"],
        created_by=row["created_by"],
        author=row["author"] or "",
        is_program=row["is_program"],
        created_at=row["created_at"],
    )
