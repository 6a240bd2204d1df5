"""A relay that delays a server's bytes as TCP does when packets are lost.

TCP loses nothing that its reader sees: what follows a lost segment waits until it was sent again.
That takes a round trip where three later segments report the loss (RFC 6675), and two where it was
among the last of a burst (the probe of RFC 8985). A relay shows that on kernels without netem.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_SEGMENT_BYTES = 1448
_REPORTS = 3


@asynccontextmanager
async def lossy(port: int, *, loss: float, round_trip_s: float) -> AsyncIterator[int]:
    """Yield the port of a relay to a local port."""
    chance = random.Random(11)
    open_ones: set[asyncio.Task[None]] = set()

    def stall_s(size: int) -> float:
        count = -(-size // _SEGMENT_BYTES)
        lost = [n for n in range(count) if chance.random() < loss]
        return sum(round_trip_s * (1 if count - n > _REPORTS else 2) for n in lost)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, down: bool) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                await asyncio.sleep(round_trip_s / 2 + (stall_s(len(data)) if down else 0))
                sink.write(data)
                await sink.drain()
        sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        await asyncio.gather(
            pump(reader, to_server, down=False), pump(from_server, writer, down=True)
        )
        open_ones.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
