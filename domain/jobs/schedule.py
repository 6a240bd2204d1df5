"""Periodic jobs: one run per period, by any worker."""

import asyncio
from collections.abc import Sequence

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.infra.queue import Queue
from domain.infra.work import Periodic

log = get_logger(__name__)

_LONGEST_S = 30.0
_AGAIN_S = 5.0  # while the database is unreachable
_WHEN = """
SELECT name, extract(epoch FROM next_at - now())::float8 AS due_s FROM schedule
WHERE name = ANY($1::text[])
"""
_ADD = "INSERT INTO schedule (name, next_at) VALUES ($1, now()) ON CONFLICT (name) DO NOTHING"
# One worker advances the due time; the others then find it advanced.
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
    ) -> None:
        self._database = database
        self._queue = queue
        self._periodic = periodic

    async def run(self) -> None:
        """Check until cancelled; waits while the database is unreachable."""
        while True:
            pause_s = _AGAIN_S
            try:
                pause_s = await self.look_at_all()
            except DatabaseUnavailable:
                log.debug("database_awaited")
            await asyncio.sleep(pause_s)

    async def look_at_all(self) -> float:
        """Enqueue what is due; return the seconds until the next check."""
        names = [periodic.name for periodic in self._periodic]
        due_s = dict(await self._database.fetch(_WHEN, names))
        pause_s = _LONGEST_S
        for periodic in self._periodic:
            left_s = due_s.get(periodic.name, 0.0)
            if left_s <= 0:
                await self.look(periodic)
                left_s = periodic.every_s
            pause_s = min(pause_s, left_s)
        return pause_s

    async def look(self, periodic: Periodic) -> bool:
        """Enqueue a job if it is due; return whether this worker did it."""
        async with self._database.transaction():
            await self._database.execute(_ADD, periodic.name)
            taken = await self._database.fetchval(_TAKE, periodic.name, periodic.every_s)
            if taken is not None:
                await self._queue.enqueue(periodic.name, {}, key=periodic.name)
        return taken is not None
