"""An organisation's parked jobs, for its admins."""

from collections.abc import Awaitable, Callable, Sequence

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import NotFound
from domain.infra.database import Database
from domain.infra.queue import ParkedJob, Queue


class ParkedJobs:
    """Lists, retries and discards the jobs that failed for the last time."""

    def __init__(self, database: Database, rights: Rights, queue: Queue) -> None:
        self._database = database
        self._rights = rights
        self._queue = queue

    async def list(self, caller: Caller) -> Sequence[ParkedJob]:
        """List the organisation's parked jobs, newest first (admins)."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            return await self._queue.parked(organization_id=actor.organization_id)

    async def retry(self, caller: Caller, job_id: str) -> None:
        """Requeue one with its attempts reset (admins).

        Raises:
            NotFound: The organisation has no such parked job.
        """
        await self._do(caller, job_id, self._queue.retry)

    async def discard(self, caller: Caller, job_id: str) -> None:
        """Delete one (admins).

        Raises:
            NotFound: As `retry`.
        """
        await self._do(caller, job_id, self._queue.discard)

    async def _do(
        self, caller: Caller, job_id: str, action: Callable[[str], Awaitable[None]]
    ) -> None:
        async with self._database.transaction():
            if all(job.id != job_id for job in await self.list(caller)):
                raise NotFound("There is no such parked job. It may have been requeued already.")
            await action(job_id)
