"""Runs jobs by name and says how each ended."""

import asyncio
from collections.abc import Mapping

from prometheus_client import Counter, Histogram

from domain.core.errors import DatabaseUnavailable, MomentsError
from domain.core.log import get_logger
from domain.infra.work import Handler
from domain.jobs.leases import Job, Leases

log = get_logger(__name__)

ENDED = Counter("moments_jobs_total", "Jobs by how they ended.", ["name", "outcome"])
SECONDS = Histogram("moments_job_seconds", "How long a job ran.", ["name"])


class Runner:
    """Holds the jobs that run here, renews their leases and gives them back at the end."""

    def __init__(self, leases: Leases, handlers: Mapping[str, Handler]) -> None:
        self.leases = leases
        self.handlers = handlers
        self._claimed: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._is_ending = False

    async def claim_next(self) -> Job | None:
        """Take the next job, to be run by `run`."""
        job = await self.leases.claim_next()
        if job is not None:
            self._claimed[job.id] = job
        return job

    async def run(self, job_id: str) -> None:
        """Run a job, claiming it first when it came by another way than `claim_next`."""
        try:
            job = self._claimed.get(job_id) or await self.leases.claim(job_id)
        except DatabaseUnavailable:
            return  # its row still says that it is to be done
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
            # The lease lapses and the job runs again, which it is made for.
            log.warning("job_end_not_recorded", job=job.name, id=job.id)
        finally:
            self._running.pop(job.id, None)
            self._claimed.pop(job.id, None)

    async def keep(self) -> None:
        """Renew the leases until cancelled, and stop what was lost to another worker."""
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
        """Let what runs finish for a moment, then stop it and give everything back."""
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
        with SECONDS.labels(job.name).time():
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
