"""The moment record, as far as captures need it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.core.time import Clock
from domain.infra.database import Database


@dataclass(frozen=True, slots=True)
class CaptureMoment:
    """What a moment takes over from the capture that it is made with."""

    moment_id: str
    capture_id: str
    title: str
    description: str
    tags: Sequence[str]


class MomentRecords:
    """Reads and writes; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def new_id(self) -> str:
        """Return the id of a moment yet to be made."""
        return new_id("moment")

    async def check(self, actor: Actor, moment_id: str) -> None:
        """Do nothing if a moment is there.

        Raises:
            NotFound: It is absent, deleted or another organisation's.
        """
        found = await self._database.fetchval(
            "SELECT id FROM moment WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            moment_id.replace("\0", ""),
            actor.organization_id,
        )
        if found is None:
            raise no_moment()

    async def insert_for(self, actor: Actor, new: CaptureMoment) -> None:
        """Make the moment of a capture."""
        await self._database.execute(
            "INSERT INTO moment (id, organization_id, title, description, tags, visibility,"
            " capture_id, created_by, created_at, updated_at)"
            " VALUES ($1, $2, $3, $4, $5, 'organization', $6, $7, $8, $8)",
            new.moment_id,
            actor.organization_id,
            new.title,
            new.description,
            list(new.tags),
            new.capture_id,
            actor.user_id,
            self._clock.now(),
        )

    async def follow(self, new: CaptureMoment) -> None:
        """Let a moment that was made with a capture say what the capture says now."""
        await self._database.execute(
            "UPDATE moment SET title = $3, description = $4, tags = $5, updated_at = $6"
            " WHERE id = $1 AND capture_id = $2",
            new.moment_id,
            new.capture_id,
            new.title,
            new.description,
            list(new.tags),
            self._clock.now(),
        )


def no_moment() -> NotFound:
    """Return the one answer for absent and for not yours."""
    return NotFound("There is no such moment")
