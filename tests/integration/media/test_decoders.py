"""The processes that make stills."""

import asyncio
import os
import signal

from media_server.relay.decode_queue import Priority
from media_server.relay.decoders import DecoderPool, StillKey
from tests.integration.media.material import Material
from tests.support.waiting import until


async def test_a_still_comes_though_every_process_hangs(materials: dict[str, Material]) -> None:
    ring = materials["plain"].ring()
    frame = ring.frame_bytes(materials["plain"].shown[10])
    pool = DecoderPool(2, timeout_s=4)
    await pool.start()
    try:
        hung = pool.pids
        for pid in hung:
            os.kill(pid, signal.SIGSTOP)
        still = await pool.preview(frame, "jpeg", None)
        assert still.data
        assert pool.lost == 1
        assert not {*hung} & {*pool.pids}
    finally:
        await pool.close()


async def test_a_capture_is_decoded_before_thumbnails_that_came_first(
    materials: dict[str, Material],
) -> None:
    ring, shown = materials["plain"].ring(), materials["plain"].shown
    pool, order = DecoderPool(1), []
    await pool.start()

    async def ask(at_us: int, width: int | None, priority: Priority) -> None:
        key = StillKey("stream_a", at_us, "jpeg", width)
        assert (await pool.still(key, lambda: ring.frame_bytes(at_us), priority, "192.0.2.1")).data
        order.append(priority)

    try:
        os.kill(pool.pids[0], signal.SIGSTOP)
        async with asyncio.TaskGroup() as group:
            for at_us in shown[:6]:
                group.create_task(ask(at_us, 160, Priority.VISITOR_THUMBNAIL))
            group.create_task(ask(shown[9], None, Priority.CAPTURE))
            await until(lambda: pool.queue.waiting == 6)
            os.kill(pool.pids[0], signal.SIGCONT)
    finally:
        await pool.close()
    assert order.index(Priority.CAPTURE) == 1
