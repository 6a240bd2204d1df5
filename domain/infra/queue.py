"""The job queue: enqueued in the caller's transaction, run at least once.

The row is the job. It is queued, then running under a lease that its worker renews, and deleted
when done; when a lease lapses (its worker was killed) the job is due again. Failed jobs retry with
exponential backoff and are finally parked, for people to inspect and retry.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.core.context import current_moment
from domain.core.errors import Conflict, NotFound
from domain.core.ids import new_id
from domain.infra.database import Database, Record

CHANNEL = "moments_jobs"
MAX_ATTEMPTS = 10
COUNTED_MOST = 1000  # in `state`: load balancers poll it every few seconds

# Workers sleep until the next job is due, so announce later ones too.
_INSERT = f"""
WITH made AS (
    INSERT INTO job
        (id, name, args, key, max_attempts, run_at, organization_id, moment_id, created_at,
        updated_at)
    VALUES ($1, $2, $3::jsonb, $4, $5, now() + $6 * interval '1 second', $7, $8, now(), now())
    ON CONFLICT (name, key) WHERE state = 'queued' AND key IS NOT NULL
    DO UPDATE SET args = excluded.args, moment_id = excluded.moment_id,
        run_at = least(job.run_at, excluded.run_at),
        sent_at = NULL, updated_at = excluded.updated_at
    RETURNING id
) SELECT id, pg_notify('{CHANNEL}', '') FROM made
"""  # noqa: S608 (a constant)
# Another worker takes over a lapsed lease within a second; a job that none takes is not alive.
_ALIVE = """
SELECT key FROM job WHERE name = $1 AND key = ANY($2::text[])
    AND (state = 'queued' AND run_at > now() - interval '5 minutes'
        OR state = 'running' AND leased_until > now() - interval '5 seconds')
"""
_RETRY = """
UPDATE job SET state = 'queued', attempts = 0, run_at = now(), sent_at = NULL, updated_at = now()
WHERE id = $1 AND state = 'parked' RETURNING id
"""
# Each in the order of an index, so that no count scans more than it counts.
_STATE = """
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'queued'
        ORDER BY run_at LIMIT $1)) AS queued,
    (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'running'
        ORDER BY leased_until LIMIT $1)) AS running,
    (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'parked'
        ORDER BY updated_at DESC LIMIT $1)) AS parked,
    coalesce(extract(epoch FROM now() - (SELECT min(run_at) FROM job
        WHERE state = 'queued' AND run_at <= now())), 0)::float8 AS oldest_due_s
"""


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A parked job and the reason."""

    id: str
    name: str
    args: dict[str, Any]
    attempts: int
    error: str
    created_at: datetime
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """Jobs by state, counted up to `COUNTED_MOST`, and the age of the oldest due one."""

    queued: int
    running: int
    parked: int
    oldest_due_s: float


class Queue:
    """The queue as services see it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(
        self,
        name: str,
        args: dict[str, Any],
        *,
        delay_s: float = 0,
        key: str | None = None,
        max_attempts: int = MAX_ATTEMPTS,
        organization_id: str | None = None,
    ) -> str:
        """Add a job to the open transaction, and return its id.

        With a `key`, this updates a queued job of the same name and key instead (newer args,
        earlier time), so that many requests become one run.
        """
        async with self._database.transaction():
            job_id = await self._database.fetchval(
                _INSERT,
                new_id("job"),
                name,
                json.dumps(args),
                key,
                max_attempts,
                delay_s,
                organization_id,
                current_moment(),
            )
        return str(job_id)

    async def enqueue_unless_busy(self, name: str, args: dict[str, Any], *, key: str) -> None:
        """Add a job, unless another open transaction is adding it: nobody waits for a job's row.

        For jobs that do not depend on what their transaction writes, and that something else adds
        if that other transaction fails.
        """
        is_free = await self._database.fetchval(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"job {name} {key}"
        )
        if is_free:
            await self.enqueue(name, args, key=key)

    async def alive(self, name: str, keys: Sequence[str]) -> set[str]:
        """Return the keys of jobs that wait to run, or that a living worker runs."""
        rows = await self._database.fetch(_ALIVE, name, list(keys))
        return {row["key"] for row in rows}

    async def state(self) -> QueueState:
        """Return the queue's counts, for health and metrics."""
        row: Record = await self._database.fetchrow(_STATE, COUNTED_MOST)
        return QueueState(row["queued"], row["running"], row["parked"], row["oldest_due_s"])

    async def parked(
        self, *, organization_id: str | None = None, limit: int = 50
    ) -> list[ParkedJob]:
        """Return the parked jobs, of one organisation or all, newest first."""
        rows = await self._database.fetch(
            "SELECT * FROM job WHERE state = 'parked' AND ($2::text IS NULL OR"
            " organization_id = $2) ORDER BY updated_at DESC LIMIT $1",
            limit,
            organization_id,
        )
        return [_parked(row) for row in rows]

    async def retry(self, job_id: str) -> None:
        """Requeue a parked job with its attempts reset.

        Raises:
            NotFound: No parked job has this id.
        """
        try:
            async with self._database.savepoint():
                done = await self._database.fetchval(_RETRY, job_id)
        except Conflict:  # a newer one with its key is queued: it does the work
            done = await self._delete_parked(job_id)
        if done is None:
            raise NotFound("No parked job has this id. It may have been requeued already.")
        await self._database.fetch("SELECT pg_notify($1, '')", CHANNEL)

    async def discard(self, job_id: str) -> None:
        """Delete a parked job.

        Raises:
            NotFound: No parked job has this id.
        """
        if await self._delete_parked(job_id) is None:
            raise NotFound("No parked job has this id.")

    async def withdraw(self, name: str, key: str) -> None:
        """Delete the queued and parked jobs of a name and key in the open transaction."""
        await self._database.execute(
            "DELETE FROM job WHERE name = $1 AND key = $2 AND state <> 'running'", name, key
        )

    async def _delete_parked(self, job_id: str) -> str | None:
        deleted: str | None = await self._database.fetchval(
            "DELETE FROM job WHERE id = $1 AND state = 'parked' RETURNING id", job_id
        )
        return deleted


def _parked(row: Record) -> ParkedJob:
    return ParkedJob(
        id=row["id"],
        name=row["name"],
        args=json.loads(row["args"]),
        attempts=row["attempts"],
        error=row["error"] or "",
        created_at=row["created_at"],
        parked_at=row["updated_at"],
    )
