"""Orphans of a crash outside the database: noted before creation, until a row owns them.

An object is stored, or a node starts a recording, before the transaction that refers to it commits.
The note commits first, by itself, so that a sweep finds whatever nobody owns. The owner's
transaction deletes the note, and fails if the sweep was faster.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from domain.core.errors import MomentsError, StorageUnavailable
from domain.core.ids import new_id
from domain.core.log import get_logger
from domain.infra.database import Database

log = get_logger(__name__)

Kind = Literal["object", "recording"]
Remove = Callable[[str, str], Awaitable[None]]  # place (bucket or node), key

GRACE_S: Final = 3600
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Orphan:
    """A note: a possible orphan, and where it is."""

    id: str
    kind: Kind
    place: str
    key: str


class Orphans:
    """Notes that commit independently, on their own connections.

    `apart` is a small pool beside the main one: a caller that holds a connection of the main pool
    never waits here for a second one of it.
    """

    def __init__(self, database: Database, apart: Database) -> None:
        self._database = database
        self._apart = apart

    async def note(self, kind: Kind, place: str, key: str, *, grace_s: float = GRACE_S) -> Orphan:
        """Note something that is about to be created; durable on return."""
        orphan = Orphan(new_id("orphan"), kind, place, key)
        insert = self._apart.execute(
            "INSERT INTO orphan (id, kind, place, key, due_at)"
            " VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')",
            orphan.id,
            kind,
            place,
            key,
            grace_s,
        )
        # An empty context: the note must not join a transaction that may roll back.
        await asyncio.get_running_loop().create_task(insert, context=contextvars.Context())
        return orphan

    async def own(self, *orphans: Orphan) -> None:
        """Delete notes in the open transaction, whose rows own the things from now on.

        Raises:
            StorageUnavailable: It took so long that the sweep has removed one of the things.
        """
        ids = [orphan.id for orphan in orphans]
        found = await self._database.fetch(
            "DELETE FROM orphan WHERE id = ANY($1::text[]) RETURNING id", ids
        )
        if len(found) < len(ids):
            message = "Storing this took too long. Please try again."
            raise StorageUnavailable(message)

    async def disown(self, kind: Kind, place: str, key: str) -> None:
        """Note in the open transaction that a thing is due for removal."""
        await self._database.execute(
            "INSERT INTO orphan (id, kind, place, key, due_at) VALUES ($1, $2, $3, $4, now())",
            new_id("orphan"),
            kind,
            place,
            key,
        )

    async def forget(self, kind: Kind, key: str) -> None:
        """Delete the note of something already removed."""
        await self._database.execute("DELETE FROM orphan WHERE kind = $1 AND key = $2", kind, key)

    async def sweep(self, kind: Kind, remove: Remove) -> int:
        """Remove due orphans; unreachable ones wait for the next sweep."""
        removed = 0
        seen: list[str] = []
        while rows := await self._due(kind, seen):
            for row in rows:
                seen.append(row.id)
                removed += await self._remove(row, remove)
        return removed

    async def _due(self, kind: Kind, seen: list[str]) -> list[Orphan]:
        rows = await self._database.fetch(
            "SELECT id, kind, place, key FROM orphan WHERE kind = $1 AND due_at <= now()"
            " AND NOT id = ANY($2::text[]) ORDER BY due_at LIMIT $3",
            kind,
            seen,
            _BATCH,
        )
        return [Orphan(*row) for row in rows]

    async def _remove(self, orphan: Orphan, remove: Remove) -> bool:
        """Remove one under its row's lock, so that a late owner fails instead."""
        try:
            async with self._database.transaction():
                held = await self._database.fetchval(
                    "DELETE FROM orphan WHERE id = $1 RETURNING id", orphan.id
                )
                if held is not None:
                    await remove(orphan.place, orphan.key)
                return held is not None
        except MomentsError as error:
            log.info("orphan_stays", kind=orphan.kind, key=orphan.key, reason=str(error))
            return False
