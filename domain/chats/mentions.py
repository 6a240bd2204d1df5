"""Mentions: `@handle` in a message notifies that member, once for each chat while it is unread."""

from typing import Any, Final

from domain.accounts.models import Actor, Role
from domain.accounts.notices import News, Notifier
from domain.chats.records import ChatRecords
from domain.core.errors import NotFound
from domain.infra.database import Database
from domain.moments.mention_names import names_in

MENTION_JOB: Final = "chats.mention"
_MOST: Final = 20  # of one message
_MESSAGE: Final = """
SELECT c.content, c.session_id, c.created_by, s.organization_id,
    coalesce(nullif(u.name, ''), u.email) AS author
FROM messages c JOIN sessions s ON s.id = c.session_id JOIN app_user u ON u.id = c.created_by
WHERE c.id = $1
"""
_MEMBERS: Final = """
SELECT p.user_id, b.role FROM profile p
JOIN membership b ON b.user_id = p.user_id AND b.organization_id = $2
WHERE p.handle = ANY($1::text[]) AND p.user_id <> $3 ORDER BY p.user_id LIMIT $4
"""


class ChatMentions:
    """The job that notifies those who are mentioned and can see the chat."""

    def __init__(self, database: Database, records: ChatRecords, notifier: Notifier) -> None:
        self._database = database
        self._records = records
        self._notifier = notifier

    async def tell(self, args: dict[str, Any]) -> None:
        """Notify whom a message mentions, except its author."""
        async with self._database.transaction():
            row = await self._database.fetchrow(_MESSAGE, args["id"])
            if row is None:
                return
            names, of = names_in(row["content"]), row["organization_id"]
            for each in await self._database.fetch(_MEMBERS, names, of, row["created_by"], _MOST):
                actor = Actor(each["user_id"], of, Role(each["role"]))
                await self._tell(actor, row["session_id"], row["author"])

    async def _tell(self, actor: Actor, session_id: str, author: str) -> None:
        try:
            session = await self._records.find(actor, session_id)
        except NotFound:
            return  # hidden from them
        title = f"You are mentioned in the chat “{session.title}”"
        news = News("mention", session.id, title, f"By {author}", f"/chats/{session.id}")
        await self._notifier.tell(actor.user_id, actor.organization_id, news)
