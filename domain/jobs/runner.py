"""Runs jobs by name and records their outcome."""

import asyncio
from collections.abc import Mapping

from prometheus_client import Counter, Histogram

from domain.core.context import about_moment
from domain.core.errors import DatabaseUnavailable, MomentsError
from domain.core.log import get_logger
from domain.infra.work import Handler
from domain.jobs.leases import Job, Leases

log = get_logger(__name__)

ENDED = Counter("moments_jobs_total", "Jobs by outcome.", ["name", "outcome"])
SECONDS = Histogram("moments_job_seconds", "Job duration.", ["name"])


class Runner:
    """Runs the jobs that this worker holds, renews their leases and releases them at shutdown."""

    def __init__(self, leases: Leases, handlers: Mapping[str, Handler]) -> None:
        self.leases = leases
        self.handlers = handlers
        self._claimed: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._is_ending = False

    async def claim_next(self) -> Job | None:
        """Claim the next job, for `run`."""
        job = await self.leases.claim_next()
        if job is not None:
            self._claimed[job.id] = job
        return job

    async def run(self, job_id: str) -> None:
        """Run a job; claim it first unless it is from `claim_next`."""
        try:
            job = self._claimed.get(job_id) or await self.leases.claim(job_id)
        except DatabaseUnavailable:
            return  # its row is still due
        if job is None:
            return
        self._claimed[job.id] = job
        if self._is_ending:
            await self._give_back(job)
            return
        task = asyncio.create_task(self._attempt(job), name=f"job {job.name}")
        self._running[job.id] = task
        try:
            await asyncio.wait({task})
            await self._conclude(job, task)
        except DatabaseUnavailable:
            # The lease lapses and the job runs again, which every job supports.
            log.warning("job_end_not_recorded", job=job.name, id=job.id)
        finally:
            self._running.pop(job.id, None)
            self._claimed.pop(job.id, None)

    async def keep(self) -> None:
        """Renew the leases until cancelled, and stop jobs lost to another worker."""
        while True:
            await asyncio.sleep(self.leases.lease_s / 3)
            mine = set(self._claimed)
            if not mine:
                continue
            try:
                kept = await self.leases.renew(mine)
            except DatabaseUnavailable:
                continue
            for job_id in mine - kept:
                task = self._running.get(job_id)
                if task is not None and not task.done():
                    log.warning("lease_lost", id=job_id)
                    task.cancel()

    async def end(self, patience_s: float) -> None:
        """Let running jobs finish briefly, then cancel them and release everything."""
        self._is_ending = True
        tasks = set(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.5)
        for job in list(self._claimed.values()):
            if job.id not in self._running:
                await self._give_back(job)

    async def _attempt(self, job: Job) -> None:
        handler = self.handlers.get(job.name)
        if handler is None:
            raise LookupError(f"no handler for {job.name} in this release")
        with SECONDS.labels(job.name).time(), about_moment(job.moment_id):
            await handler(job.args)

    async def _conclude(self, job: Job, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            if self._is_ending:
                await self._give_back(job)
            return
        error = task.exception()
        if error is None:
            await self.leases.done(job)
            outcome = "done"
        elif isinstance(error, Exception):
            is_parked = await self.leases.failed(job, error)
            outcome = "parked" if is_parked else "failed"
            log.warning(
                "job_failed",
                job=job.name,
                id=job.id,
                attempts=job.attempts,
                outcome=outcome,
                reason=str(error),
                exc_info=None if isinstance(error, MomentsError) else error,
            )
        else:
            raise error
        ENDED.labels(job.name, outcome).inc()

    async def _give_back(self, job: Job) -> None:
        try:
            await self.leases.release(job)
        except DatabaseUnavailable:
            log.warning("lease_not_released", job=job.name, id=job.id)
        self._claimed.pop(job.id, None)
