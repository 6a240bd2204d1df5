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

_POLL_S = 30.0  # every queue change notifies; this is for missed notifications


class PostgresBroker(AsyncBroker):
    """Yields claimed jobs; `wake` makes it check at once."""

    def __init__(self, queue: Queue, runner: Runner) -> None:
        super().__init__()
        self._queue = queue
        self._runner = runner
        self._wake = asyncio.Event()

    def wake(self, _payload: str = "") -> None:
        """Check for jobs now."""
        self._wake.set()

    async def kick(self, message: BrokerMessage) -> None:
        """Enqueue a message of taskiq's own client; services use the queue instead."""
        name, args = parse(self, message)
        await self._queue.enqueue(name, args)

    async def listen(self) -> AsyncGenerator[bytes | AckableMessage, None]:
        """Yield each due job that this worker claims; waits while the database is unreachable."""
        while True:
            self._wake.clear()
            try:
                job = await self._runner.claim_next()
                pause_s = 0.0 if job else await self._runner.leases.next_due_s(_POLL_S)
            except DatabaseUnavailable:
                job, pause_s = None, 0.5
            if job is not None:
                # No acknowledgement here: the runner records the outcome in the row.
                yield message_for(self, job.id, job.name).message
                continue
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
