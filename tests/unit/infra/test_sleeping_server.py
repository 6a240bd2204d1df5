"""An idle server rarely wakes, and exits as soon as it is asked to."""

import asyncio

import uvicorn

from domain.infra.sleeping_server import SleepingServer
from tests.support.loops import timers_of


async def _app(*_: object) -> None:
    """Nobody asks it anything."""


def test_an_idle_server_wakes_once_a_second_at_most_and_ends_at_once() -> None:
    async def idle() -> None:
        server = SleepingServer(uvicorn.Config(_app, lifespan="off", log_config=None))
        looping = asyncio.create_task(server.main_loop())
        await asyncio.sleep(0)
        assert not looping.done()
        server.should_exit = True
        await looping  # its timer has not run out

    timers = timers_of(idle())
    assert len(timers) == 1
    assert timers[0] > 0.9
