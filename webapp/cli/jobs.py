"""`moments jobs`: lists and retries parked jobs."""

from domain.bootstrap import Services
from domain.core.settings import Settings
from domain.core.time import isoformat
from webapp.cli.asking import with_services

MOST = 1000


def show(settings: Settings) -> None:
    """Print the parked jobs, newest first."""

    async def use(services: Services) -> None:
        for job in await services.queue.parked(limit=MOST):
            when = isoformat(job.parked_at)
            print(f"{job.id}  {when}  {job.name}  after {job.attempts} attempts: {job.error}")

    with_services(settings, use)


def retry(settings: Settings, ids: list[str]) -> None:
    """Requeue jobs: the given ones, or all."""

    async def use(services: Services) -> None:
        chosen = ids or [job.id for job in await services.queue.parked(limit=MOST)]
        for job_id in chosen:
            await services.queue.retry(job_id)
        print(f"{len(chosen)} requeued")

    with_services(settings, use)
