"""From a click to the bytes: clips of 10 s and snapshots through the whole product.

Run as `python -m benchmarks.click_to_bytes [--times 60]`.
A signed-in client asks the API for a capture of the live demo and then loads its file; both on one
kept connection, one after the other. The alternative is ffmpeg: it copies 10 s out of the stream's
own HLS playlist, or decodes one frame of it. The floor is the least that any such product pays: the
node's own cut or still, a file of that size written and synced, and two empty requests.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.infra import postgres
from domain.live.node_client import NodeClient
from domain.live.wire import CutRequest, StillRequest
from tests.support.stack import Stack, needs, until

_CLIP_MS = 10_000
_AIM_MS = {"clip": 40, "snapshot": 60}
_SETTLE_S = 15
_APART_S = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    asyncio.run(_measure(parser.parse_args().times))


async def _measure(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home") as stack:
        headers = {"Authorization": f"Bearer {stack.token}"}
        async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=60) as http:
            await asyncio.to_thread(until, lambda: _is_filled(stack))
            await asyncio.sleep(_SETTLE_S)
            for kind, body in (("clip", {"last_ms": _CLIP_MS}), ("snapshot", {})):
                await _report(http, stack, Path(folder), kind, body, times)


def _is_filled(stack: Stack) -> bool:
    with stack.client() as client:
        window = client.get("/api/streams/demo").json()["window"]
    return bool(window)


async def _report(
    http: httpx.AsyncClient, stack: Stack, folder: Path, kind: str, body: dict[str, int], times: int
) -> None:
    size = 0
    posts, loads = [], []

    async def click() -> None:
        nonlocal size
        began = time.perf_counter()
        made = await http.post(f"/api/{kind}s", json={"stream": "demo", **body})
        made.raise_for_status()
        answered = time.perf_counter()
        file = await http.get(made.json()["url"])
        file.raise_for_status()
        posts.append(answered - began)
        loads.append(time.perf_counter() - answered)
        size = len(file.content)

    whole = await _median(click, times)
    print(f"{kind} of {size / 1e6:.2f} MB, click to the last byte: {whole:.1f} ms", end=" ")
    print(f"(aim {_AIM_MS[kind]}; answer {_middle(posts):.1f}, file {_middle(loads):.1f})")
    floor = await _floor(http, stack, folder, kind, size, times)
    for name, value in floor.items():
        print(f"    floor: {name} {value:.1f} ms")
    print(f"    floor in all {sum(floor.values()):.1f} ms, {whole / sum(floor.values()):.1f} times")
    other = await _median(lambda: _ffmpeg(http, stack, folder, kind), 5)
    print(f"    ffmpeg {other:.0f} ms, {other / whole:.1f} times as long")


async def _floor(
    http: httpx.AsyncClient, stack: Stack, folder: Path, kind: str, size: int, times: int
) -> dict[str, float]:
    settings = Settings(home=stack.home, _env_file=None)
    stream_id = (await http.get("/api/streams/demo")).json()["id"]
    client = NodeClient(load_keyring(settings))
    node = await _control_url(settings)
    data = os.urandom(size)

    async def capture() -> None:
        if kind == "snapshot":
            await client.still(node, stream_id, StillRequest(at_us=None))
            return
        async with client.cut(node, stream_id, CutRequest(last_ms=_CLIP_MS)) as (_, media):
            async for _chunk in media:
                pass

    async def write() -> None:
        path = folder / "synced"
        with path.open("wb") as file:
            file.write(data)
            os.fsync(file.fileno())

    async def ask() -> None:
        await http.get("/static/absent")

    made = {
        "the node's own, over HTTP": await _median(capture, times),
        "written and synced": await _median(write, times),
        "two empty requests": 2 * await _median(ask, times),
    }
    await client.close()
    return made


async def _control_url(settings: Settings) -> str:
    import asyncpg  # noqa: PLC0415 (only here)

    connection = await asyncpg.connect(await postgres.dsn(settings))
    try:
        url: str = await connection.fetchval("SELECT control_url FROM media_node LIMIT 1")
    finally:
        await connection.close()
    return url


async def _ffmpeg(http: httpx.AsyncClient, stack: Stack, folder: Path, kind: str) -> None:
    right = (await http.get("/api/streams/demo/watch")).json()
    command = [needs("ffmpeg"), "-v", "error", "-y", "-live_start_index", "-6"]
    command += ["-i", f"{stack.url}{right['hls_url'].removeprefix(stack.url)}"]
    if kind == "clip":
        command += ["-t", "10", "-c", "copy", str(folder / "copy.mp4")]
    else:
        command += ["-frames:v", "1", str(folder / "still.jpg")]
    await asyncio.to_thread(subprocess.run, command, check=True)


async def _median(work: Callable[[], Awaitable[None]], times: int) -> float:
    """Return the median in milliseconds."""
    found = []
    for _ in range(times):
        await asyncio.sleep(_APART_S)  # so that the newest frame is another one
        began = time.perf_counter()
        await work()
        found.append(time.perf_counter() - began)
    return _middle(found)


def _middle(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
