"""The decoder processes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from media_server.media.selection import FrameBytes
from media_server.relay.decode_queue import Priority
from media_server.relay.decoders import DecoderPool, StillKey
from tests.integration.media.material import Material
from tests.support.waiting import exists, until


@pytest_asyncio.fixture
async def make_pool() -> AsyncIterator[Callable[..., DecoderPool]]:
    pools: list[DecoderPool] = []

    def make(workers: int, **values: object) -> DecoderPool:
        pools.append(DecoderPool(workers, **values))  # type: ignore[arg-type]
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


def _frame(materials: dict[str, Material]) -> FrameBytes:
    material = materials["plain"]
    return material.ring().frame_bytes(material.shown[10])


async def _decoded(pool: DecoderPool, frame: FrameBytes, number: int = 9) -> bytes:
    key = StillKey("another", number, "jpeg", None)
    return (await pool.still(key, lambda: frame, Priority.PREVIEW)).data


async def test_a_still_comes_though_every_process_hangs(
    materials: dict[str, Material], make_pool: Callable[..., DecoderPool]
) -> None:
    frame, pool = _frame(materials), make_pool(2, timeout_s=4)
    keys = [StillKey("stream", number, "jpeg", None) for number in range(2)]
    await asyncio.gather(*(pool.still(key, lambda: frame, Priority.CAPTURE) for key in keys))
    hung = pool.pids
    assert len(hung) == 2
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    assert await _decoded(pool, frame)
    assert pool.lost == 1
    assert not {*hung} & {*pool.pids}


async def test_processes_run_while_they_are_needed(
    materials: dict[str, Material], make_pool: Callable[..., DecoderPool]
) -> None:
    frame = _frame(materials)
    wanted: list[bool] = []
    pool = make_pool(2, unused_s=0.05, is_wanted=lambda: bool(wanted))
    running = asyncio.create_task(pool.run())
    try:
        await asyncio.sleep(0)
        assert pool.pids == []
        assert await _decoded(pool, frame)
        await until(lambda: not pool.pids)  # nothing more was asked
        wanted.append(True)  # a stream has a publisher
        pool.wake()
        await until(lambda: len(pool.pids) == 1)
        await asyncio.gather(*(_decoded(pool, frame, number) for number in range(2)))
        await until(lambda: len(pool.pids) == 1)  # one stays
        (last,) = pool.pids
        wanted.clear()
        await until(lambda: not exists(last))
    finally:
        running.cancel()


async def test_a_capture_is_decoded_before_thumbnails_that_came_first(
    materials: dict[str, Material], make_pool: Callable[..., DecoderPool]
) -> None:
    ring, shown = materials["plain"].ring(), materials["plain"].shown
    pool, order = make_pool(1), []
    await _decoded(pool, _frame(materials))  # which starts the process

    async def ask(at_us: int, width: int | None, priority: Priority) -> None:
        key = StillKey("stream_a", at_us, "jpeg", width)
        assert (await pool.still(key, lambda: ring.frame_bytes(at_us), priority, "192.0.2.1")).data
        order.append(priority)

    os.kill(pool.pids[0], signal.SIGSTOP)
    async with asyncio.TaskGroup() as group:
        for at_us in shown[:6]:
            group.create_task(ask(at_us, 160, Priority.VISITOR_THUMBNAIL))
        group.create_task(ask(shown[9], None, Priority.CAPTURE))
        await until(lambda: pool.queue.waiting == 6)
        os.kill(pool.pids[0], signal.SIGCONT)
    assert order.index(Priority.CAPTURE) == 1
