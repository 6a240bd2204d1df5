"""The worker's side of the queue: claim a job, renew its lease, record its outcome.

All instants are the database's, so workers need not agree on the time. Every statement names the
worker that holds the lease: a worker that lost it (it was cut off for too long) changes nothing.
"""

import json
import random
from dataclasses import dataclass
from typing import Any

from domain.core.errors import Conflict, Unavailable
from domain.infra.database import Database, Record
from domain.infra.queue import CHANNEL

_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 300.0
# A job that waits for a dependency is not parked before this.
_GIVE_UP_S = 2 * 24 * 3600
_RUNNING = """
    state = 'running', attempts = attempts + 1, leased_by = $1, sent_at = NULL,
    leased_until = clock_timestamp() + $2 * interval '1 second', updated_at = now()
"""
_RETURNING = (
    " RETURNING id, name, args, attempts, max_attempts, moment_id,"
    " extract(epoch FROM now() - created_at)::float8 AS age_s"
)
_CLAIM_NEXT = f"""
UPDATE job SET {_RUNNING} WHERE id = coalesce(
    (SELECT id FROM job WHERE state = 'running' AND leased_until < now()
        ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT id FROM job WHERE state = 'queued' AND run_at <= now()
        ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
) {_RETURNING}
"""  # noqa: S608 (constants)
_CLAIM_ONE = f"""
UPDATE job SET {_RUNNING} WHERE id = (
    SELECT id FROM job WHERE id = $3 AND ((state = 'queued' AND run_at <= now())
        OR (state = 'running' AND leased_until < now())) FOR UPDATE SKIP LOCKED
) {_RETURNING}
"""  # noqa: S608 (constants)
_RENEW = """
UPDATE job SET leased_until = clock_timestamp() + $2 * interval '1 second'
WHERE leased_by = $1 AND state = 'running' AND id = ANY($3) RETURNING id
"""
_RETRY = f"""
WITH put_back AS (
    UPDATE job SET state = 'queued', run_at = now() + $3 * interval '1 second', error = $4,
        leased_by = NULL, leased_until = NULL, updated_at = now(), attempts = attempts - $5
    WHERE id = $2 AND leased_by = $1 AND state = 'running' RETURNING id
) SELECT pg_notify('{CHANNEL}', '') FROM put_back
"""  # noqa: S608 (a constant)
_PARK = """
UPDATE job SET state = 'parked', error = $3, leased_by = NULL, leased_until = NULL,
    updated_at = now()
WHERE id = $2 AND leased_by = $1 AND state = 'running'
"""
_DONE = "DELETE FROM job WHERE id = $2 AND leased_by = $1 AND state = 'running'"
_TO_SEND = """
UPDATE job SET sent_at = now() WHERE id IN (
    SELECT id FROM job WHERE (sent_at IS NULL OR sent_at < now() - $1 * interval '1 second')
        AND ((state = 'queued' AND run_at <= now())
            OR (state = 'running' AND leased_until < now()))
    ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id, name
"""
_NEXT_DUE = """
SELECT extract(epoch FROM least(
    (SELECT min(run_at) FROM job WHERE state = 'queued'),
    (SELECT min(leased_until) FROM job WHERE state = 'running')
) - now())::float8
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this worker holds."""

    id: str
    name: str
    args: dict[str, Any]
    attempts: int
    max_attempts: int
    age_s: float
    moment_id: str | None = None  # that the request was about


class Leases:
    """The jobs that one worker holds."""

    def __init__(self, database: Database, worker: str, *, lease_s: float = 30) -> None:
        self._database = database
        self.worker = worker
        self.lease_s = lease_s

    async def claim_next(self) -> Job | None:
        """Claim the job that has been due longest, those of dead workers first."""
        return await self._claim(_CLAIM_NEXT)

    async def claim(self, job_id: str) -> Job | None:
        """Claim one job, unless it is done, not due, or held by a living worker."""
        return await self._claim(_CLAIM_ONE, job_id)

    async def renew(self, job_ids: set[str]) -> set[str]:
        """Renew leases; return the ids of the jobs that this worker still holds.

        It omits a claim that committed while its answer got lost, so that one lapses.
        """
        rows = await self._database.fetch(_RENEW, self.worker, self.lease_s, list(job_ids))
        return {row["id"] for row in rows}

    async def done(self, job: Job) -> None:
        """Delete a finished job."""
        await self._database.execute(_DONE, self.worker, job.id)

    async def failed(self, job: Job, error: Exception) -> bool:
        """Requeue a job, or park it after its last attempt; return whether it was parked."""
        reason = f"{type(error).__name__}: {error}"[:2000]
        is_waiting = isinstance(error, Unavailable) and job.age_s < _GIVE_UP_S
        if job.attempts >= job.max_attempts and not is_waiting:
            await self._database.execute(_PARK, self.worker, job.id, reason)
            return True
        await self._put_back(job, pause_s(job.attempts, error), reason, 0)
        return False

    async def release(self, job: Job) -> None:
        """Release a job because this worker stops; the attempt does not count."""
        await self._put_back(job, 0, None, 1)

    async def take_to_send(self, *, again_after_s: float, limit: int = 100) -> list[Record]:
        """Mark due jobs as sent to the broker and return their ids and names."""
        return await self._database.fetch(_TO_SEND, again_after_s, limit)

    async def unsend(self) -> None:
        """Mark all jobs as unsent, because the broker lost its data."""
        await self._database.execute("UPDATE job SET sent_at = NULL WHERE sent_at IS NOT NULL")

    async def next_due_s(self, at_most_s: float) -> float:
        """Return the seconds until the next job is due, or a lease lapses."""
        due: float | None = await self._database.fetchval(_NEXT_DUE)
        if due is None or due > at_most_s:
            return at_most_s
        return float(max(due, 0.01))

    async def _claim(self, sql: str, *args: object) -> Job | None:
        while True:
            row = await self._database.fetchrow(sql, self.worker, self.lease_s, *args)
            if row is None:
                return None
            job = Job(**{**row, "args": json.loads(row["args"])})
            if job.attempts <= job.max_attempts:
                return job
            # The previous worker died before it could record an outcome.
            reason = f"The worker died in each of {job.max_attempts} attempts."
            await self._database.execute(_PARK, self.worker, job.id, reason)

    async def _put_back(self, job: Job, after_s: float, reason: str | None, uncount: int) -> None:
        try:
            async with self._database.savepoint():
                await self._database.fetch(_RETRY, self.worker, job.id, after_s, reason, uncount)
        except Conflict:  # a newer job with the same key is queued: it does this one's work
            await self.done(job)


def pause_s(attempts: int, error: Exception) -> float:
    """Return the backoff after an attempt: doubling, with jitter of a half either way."""
    pause = min(_FIRST_PAUSE_S * 2.0 ** (attempts - 1), _LONGEST_PAUSE_S)
    if isinstance(error, Unavailable):
        pause = max(float(error.retry_after_s), min(pause, 30))
    return pause * random.uniform(0.5, 1.5)  # noqa: S311 (not a secret)
