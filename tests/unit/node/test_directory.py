"""What a node reads from the directory, and when."""

import asyncio
from pathlib import Path

from domain.live.nodes import Beat, Orders
from media_server.relay.directory import Addresses, ConfigFile, Reconciler
from media_server.relay.registry import Registry
from tests.fakes.clock import FakeClock
from tests.support.waiting import until


class SlowDirectory:
    """A directory whose answers are held back until they are let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Semaphore(0)

    async def heartbeat(self, beat: Beat) -> Orders:
        self.asked += 1
        await self.may_answer.acquire()
        return Orders([], is_draining=False, is_done=False)

    async def leave(self, node_id: str) -> None:
        """Nothing is held that could be given back."""


async def test_who_wants_it_read_anew_is_not_content_with_what_was_asked_before(
    tmp_path: Path,
) -> None:
    directory = SlowDirectory()
    addresses = Addresses("http://control", "http://public", None)
    file = ConfigFile(tmp_path / "configs.json")
    registry = Registry(lambda _config, _sink: None, FakeClock(), 1 << 20)
    reconciler = Reconciler("node_a", addresses, directory, file, registry)
    running = asyncio.create_task(reconciler.run())
    await until(lambda: directory.asked == 1)
    wanted = asyncio.create_task(reconciler.now())
    await asyncio.sleep(0)
    directory.may_answer.release()  # this one may have been read before what has changed
    await until(lambda: directory.asked == 2)
    assert not wanted.done()
    directory.may_answer.release()
    await asyncio.wait_for(wanted, 60)
    running.cancel()
