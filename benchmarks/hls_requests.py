"""How many playlists and parts a node serves per second on one core.

Run: python -m benchmarks.hls_requests [seconds]
Several clients query a real node process as fast as it answers; requests are divided by the node's
processor time, so the result applies to one core of the node.
"""

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._node_process import Measured, node

CLIENTS = 8


async def ask(measured: Measured, path: str, seconds: float) -> tuple[float, float]:
    """Return requests per second, and requests per second of processor time."""
    host, port = measured.public_url.removeprefix("http://").split(":")
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    count, end = 0, time.monotonic() + seconds

    async def client() -> None:
        nonlocal count
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(head.decode())
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            count += 1
        writer.close()

    before = measured.cpu_s()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / seconds, count / (measured.cpu_s() - before)


async def run(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        # The node's time includes the stream's own cost, as in production.
        async with node(Path(name), [None], buffer_s=120) as measured:
            await asyncio.sleep(15)
            found = await measured.control.get(f"{measured.public_url}/hls/stream_0/media.m3u8")
            part = re.findall(r"part-\d+-\d+\.m4s", found.text)[0]
            for label, file in (("playlists", "media.m3u8"), ("parts", part)):
                rate, per_core = await ask(measured, f"/hls/stream_0/{file}", seconds)
                print(f"{label}: {rate:.0f}/s served, {per_core:.0f}/s of one core")


if __name__ == "__main__":
    asyncio.run(run(float(sys.argv[1]) if len(sys.argv) > 1 else 5))
