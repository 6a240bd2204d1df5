"""Mentions: `@handle` in a note notifies that member of the organisation, once for each moment."""

from typing import Any, Final

from domain.accounts.models import Actor, Role
from domain.accounts.notices import News, Notifier
from domain.core.errors import NotFound
from domain.infra.database import Database
from domain.moments.mention_names import names_in
from domain.moments.models import Moment
from domain.moments.records import MomentRecords

_MOST: Final = 20  # of one note
_MEMBERS: Final = """
SELECT p.user_id, b.role FROM profile p
JOIN membership b ON b.user_id = p.user_id AND b.organization_id = $2
WHERE p.handle = ANY($1::text[]) ORDER BY p.user_id LIMIT $3
"""


class Mentions:
    """The job that notifies those who are mentioned and can see the moment."""

    def __init__(self, database: Database, records: MomentRecords, notifier: Notifier) -> None:
        self._database = database
        self._records = records
        self._notifier = notifier

    async def tell(self, args: dict[str, Any]) -> None:
        """Notify whom a moment's note mentions, except the person who made it."""
        async with self._database.transaction():
            row = await self._database.fetchrow(
                "SELECT organization_id, description FROM moments WHERE id = $1"
                " AND deleted_at IS NULL",
                args["moment_id"],
            )
            if row is None:
                return
            names, organization_id = names_in(row["description"]), row["organization_id"]
            for each in await self._database.fetch(_MEMBERS, names, organization_id, _MOST):
                actor = Actor(each["user_id"], organization_id, Role(each["role"]))
                await self._tell(actor, args["moment_id"])

    async def _tell(self, actor: Actor, moment_id: str) -> None:
        try:
            moment = await self._records.find(actor, moment_id)
        except NotFound:
            return  # hidden from them
        if moment.created_by is None or moment.created_by.id != actor.user_id:
            await self._notifier.tell(actor.user_id, actor.organization_id, _news(moment))


def _news(moment: Moment) -> News:
    by = moment.created_by
    detail = f"In a note by {by.name or by.email}" if by else "In a note"
    title = f"You are mentioned in “{moment.title}”"
    return News("mention", moment.id, title, detail, f"/library/{moment.id}", is_once=True)
