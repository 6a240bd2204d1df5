"""A taskiq broker on PostgreSQL: the job's row is the message, a lease is its acknowledgement."""

import asyncio
from collections.abc import AsyncGenerator

from taskiq import AckableMessage, AsyncBroker, BrokerMessage

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.queue import Queue
from domain.jobs.messages import message_for, parse
from domain.jobs.runner import Runner

log = get_logger(__name__)

_POLL_S = 30.0  # whatever changes the queue says so; this is for what was not heard


class PostgresBroker(AsyncBroker):
    """Yields jobs as their leases are won; `wake` makes it look at once."""

    def __init__(self, queue: Queue, runner: Runner) -> None:
        super().__init__()
        self._queue = queue
        self._runner = runner
        self._wake = asyncio.Event()

    def wake(self, _payload: str = "") -> None:
        """Look for jobs now."""
        self._wake.set()

    async def kick(self, message: BrokerMessage) -> None:
        """Enqueue what taskiq's own client sends; services use the queue instead."""
        name, args = parse(self, message)
        await self._queue.enqueue(name, args)

    async def listen(self) -> AsyncGenerator[bytes | AckableMessage, None]:
        """Yield a job whenever one is due and won; being away from the database is waited out."""
        while True:
            self._wake.clear()
            try:
                job = await self._runner.claim_next()
                pause_s = 0.0 if job else await self._runner.leases.next_due_s(_POLL_S)
            except DatabaseUnavailable:
                job, pause_s = None, 0.5
            if job is not None:
                # No acknowledgement here: the runner says how it ended, in the row.
                yield message_for(self, job.id, job.name).message
                continue
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
