"""A uvicorn server that sleeps while it is idle."""

import asyncio
from contextlib import suppress

import uvicorn

_TICK_S = 1.0  # responses contain the date, which uvicorn updates at each tick


class SleepingServer(uvicorn.Server):
    """uvicorn, awake once a second instead of ten times, and at once on exit."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._exit = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        """Whether a signal or its owner has asked the server to exit."""
        return self._exit.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if not value:
            self._exit.clear()
            return
        self._exit.set()
        if self._loop is not None:  # a signal handler does not wake the loop by itself
            self._loop.call_soon_threadsafe(lambda: None)

    async def main_loop(self) -> None:
        """Tick until the server exits."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._exit.wait()
