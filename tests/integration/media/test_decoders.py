"""The processes that make stills."""

import os
import signal

from media_server.relay.decoders import DecoderPool
from tests.integration.media.material import Material


async def test_a_still_comes_though_every_process_hangs(materials: dict[str, Material]) -> None:
    ring = materials["plain"].ring()
    frame = ring.frame_bytes(materials["plain"].shown[10])
    pool = DecoderPool(2, timeout_s=4)
    await pool.start()
    try:
        hung = pool.pids
        for pid in hung:
            os.kill(pid, signal.SIGSTOP)
        still = await pool.decode(frame, "jpeg", None)
        assert still.data
        assert pool.lost == 1
        assert not {*hung} & {*pool.pids}
    finally:
        await pool.close()
