"""The worker process: receives, renews leases, feeds Redis, runs the schedule, drains."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Literal, Protocol

from taskiq import AsyncBroker
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.infra.database import Database
from domain.infra.loops import end
from domain.infra.notifications import Notifications
from domain.infra.queue import CHANNEL, Queue
from domain.infra.work import Handler, Periodic, Work
from domain.jobs.leases import Leases
from domain.jobs.messages import TICK, UNKNOWN
from domain.jobs.postgres_broker import PostgresBroker
from domain.jobs.runner import Runner
from domain.jobs.schedule import Scheduler

if TYPE_CHECKING:
    from domain.jobs.redis_broker import Feeder

log = get_logger(__name__)

CONCURRENCY = 8
_PATIENCE_S = 2.5  # of the four seconds allowed for a stop
_END_S = 0.5


class WorkServices(Protocol):
    """The services that a worker needs."""

    @property
    def database(self) -> Database: ...  # noqa: D102 (an attribute)
    @property
    def work(self) -> Work: ...  # noqa: D102


Opened = Callable[[Settings, Literal["worker"]], AbstractAsyncContextManager[WorkServices]]


async def run(settings: Settings, opened: Opened) -> int:
    """Work until SIGTERM or SIGINT, with the services that `bootstrap.running` opens."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with opened(settings, "worker") as services:
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        worker = Worker(
            services.database,
            services.work.handlers,
            periodic=services.work.periodic,
            redis_url=redis_url,
        )
        await worker.run(stopping)
    return 0


class Worker:
    """One worker: a broker, a runner and their background tasks."""

    def __init__(
        self,
        database: Database,
        tasks: Mapping[str, Handler],
        *,
        periodic: Sequence[Periodic] = (),
        redis_url: str | None = None,
        lease_s: float = 30,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        queue = Queue(database)
        leases = Leases(database, self.name, lease_s=lease_s)
        self.runner = Runner(leases, tasks)
        self._scheduler = Scheduler(database, queue, periodic)
        self._notifications = Notifications(database)
        self._feeder: Feeder | None = None
        self._broker: AsyncBroker
        if redis_url is None:
            self._broker = broker = PostgresBroker(queue, self.runner)
            self._notifications.on(CHANNEL, broker.wake)
        else:
            from domain.jobs import redis_broker  # noqa: PLC0415 (Redis's client is heavy)

            self._broker = stream = redis_broker.redis_broker(redis_url, self.name)
            self._feeder = redis_broker.Feeder(stream, leases)
            self._notifications.on(CHANNEL, self._feeder.wake)
        self._register(tasks)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until stopped; then exit within four seconds, releasing unfinished jobs."""
        log.info("worker_ready", name=self.name, broker=type(self._broker).__name__)
        listening = asyncio.create_task(self._listen(stopping), name="listen")
        loops = [
            asyncio.create_task(self._notifications.run(), name="notifications"),
            asyncio.create_task(self.runner.keep(), name="leases"),
            asyncio.create_task(self._scheduler.run(), name="schedule"),
        ]
        if self._feeder is not None:
            loops.append(asyncio.create_task(self._feeder.run(), name="feeder"))
        stop = asyncio.create_task(stopping.wait(), name="stop")
        try:
            ended, _ = await asyncio.wait({stop, *loops}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended - {stop}:
                task.result()  # none of them returns normally: log why, and let the process restart
        finally:
            stopping.set()
            await self.runner.end(_PATIENCE_S)
            await asyncio.wait({listening}, timeout=_END_S)
            await end([listening, stop, *loops], limit_s=0.5)
            with suppress(Exception):  # Redis may be unreachable; nothing is lost
                async with asyncio.timeout(0.5):
                    await self._broker.shutdown()
        log.info("worker_stopped", name=self.name)

    def _register(self, tasks: Mapping[str, Handler]) -> None:
        self._broker.is_worker_process = True
        for name in [*tasks, UNKNOWN, TICK]:
            self._broker.register_task(_calling(self.runner), task_name=name)

    async def _listen(self, stopping: asyncio.Event) -> None:
        """Run taskiq's receiver; restart it when the broker fails."""
        while not stopping.is_set():
            receiver = Receiver(
                self._broker,
                validate_params=False,
                max_async_tasks=CONCURRENCY,
                ack_type=AcknowledgeType.WHEN_EXECUTED,
                wait_tasks_timeout=_PATIENCE_S + _END_S,
            )
            try:
                await receiver.listen(stopping)
            except Exception as error:  # noqa: BLE001 (whatever the broker's client raises)
                log.warning("broker_unavailable", reason=_reason(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await stopping.wait()


def _calling(runner: Runner) -> Callable[[str], Awaitable[None]]:
    async def run_job(job_id: str) -> None:
        if job_id:  # a tick has none
            await runner.run(job_id)

    return run_job


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
