"""One listening connection per process, which reconnects by itself.

A notification is only a hint: subscribers also check after a reconnect, and from time to time
without any hint, so nothing depends on its delivery.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.infra.loops import end

log = get_logger(__name__)

Wake = Callable[[str], None]
_CHECK_S = 15
_LONGEST_WAIT_S = 5.0


class Notifications:
    """Calls back on `NOTIFY`, and with an empty text when notifications may have been missed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wakes: dict[str, Wake] = {}
        self.reconnects = 0

    def on(self, channel: str, wake: Wake) -> None:
        """Call back with each payload of a channel; register before `run`."""
        self._wakes[channel] = wake

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the duration of the context."""
        task = asyncio.create_task(self.run(), name="notifications")
        try:
            yield
        finally:
            await end([task])

    async def run(self) -> None:
        """Listen until cancelled."""
        wait_s = 0.1
        while True:
            try:
                async with self._database.connection() as connection:
                    wait_s = 0.1
                    await self._listen(connection)
            except (DatabaseUnavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.warning("notifications_lost", again_in_s=wait_s)
            self.reconnects += 1
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _listen(self, connection: asyncpg.Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        for channel in self._wakes:
            await connection.add_listener(channel, self._notified)
        for wake in self._wakes.values():
            wake("")
        while not lost.is_set():
            try:
                async with asyncio.timeout(_CHECK_S):
                    await lost.wait()
            except TimeoutError:
                await connection.fetchval("SELECT 1", timeout=_CHECK_S)

    def _notified(self, _connection: object, _pid: int, channel: str, payload: str) -> None:
        self._wakes[channel](payload)
