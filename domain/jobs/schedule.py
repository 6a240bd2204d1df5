"""What is done again and again: one run a period, whichever worker makes it."""

import asyncio
from collections.abc import Sequence

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.infra.queue import Queue
from domain.infra.work import Periodic

log = get_logger(__name__)

_LOOK_S = 5.0
_ADD = "INSERT INTO schedule (name, next_at) VALUES ($1, now()) ON CONFLICT (name) DO NOTHING"
# Only one worker moves the hand; the others find it moved.
_TAKE = """
UPDATE schedule SET last_at = now(), next_at = now() + $2 * interval '1 second'
WHERE name = $1 AND next_at <= now() RETURNING name
"""


class Scheduler:
    """Enqueues periodic jobs when they are due."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        periodic: Sequence[Periodic],
        *,
        look_s: float = _LOOK_S,
    ) -> None:
        self._database = database
        self._queue = queue
        self._periodic = periodic
        self._look_s = look_s

    async def run(self) -> None:
        """Look until cancelled; being away from the database is waited out."""
        while True:
            try:
                for periodic in self._periodic:
                    await self.look(periodic)
            except DatabaseUnavailable:
                log.debug("database_awaited")
            await asyncio.sleep(self._look_s)

    async def look(self, periodic: Periodic) -> bool:
        """Enqueue a job if it is due; tell whether this worker was the one to do it."""
        async with self._database.transaction():
            await self._database.execute(_ADD, periodic.name)
            taken = await self._database.fetchval(_TAKE, periodic.name, periodic.every_s)
            if taken is not None:
                await self._queue.enqueue(periodic.name, {}, key=periodic.name)
        return taken is not None
