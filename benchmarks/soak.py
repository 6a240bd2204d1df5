"""A leak test: publishers and viewers connect and disconnect, some without a word.

    python -m benchmarks.soak [--minutes 15] [--viewers 4]

The node is a separate process. Every kind of visit happens once before the measurement, so that
lazy initialisation is done; then its resources are recorded, visits run for a while, and once it
has noticed that all are gone it must be back where it was. Memory may be 8 % or 12 MB higher (the
allocator), Python's objects 2 %, sockets, files, tasks and threads not at all; the event loop's own
thread pool does not count, since it is bounded. Exits with 1 if something leaks.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks._soak_visits import Films, Visitors
from tests.conftest import isolated_settings
from tests.integration.node.sources import free_port

STREAMS = ["stream_a", "stream_b", "stream_c"]
_WARM_S = 24.0
_QUIET_S = 90.0  # ICE gives a peer up 30 s after its last packet
_ALLOWED = {
    "memory": (1.08, 12.0),
    "objects": (1.02, 2000.0),
    "sockets": (1.0, 0.0),
    "files": (1.0, 0.0),
    "tasks": (1.0, 0.0),
    "threads": (1.0, 0.0),
    "connections": (1.0, 0.0),
}

Figures = dict[str, Any]


class Node:
    """The process under test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> Figures:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if line.startswith(b"{"):
                found: Figures = json.loads(line)
                return found
        raise EOFError("the node has exited")

    async def figures(self) -> Figures:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self.hear()

    async def quiet(self) -> tuple[Figures, float]:
        """Wait until nobody is connected; return the node's resources, and the time taken."""
        began = time.monotonic()
        while (took := time.monotonic() - began) < _QUIET_S:
            found = await self.figures()
            if not (found["peers"] or found["viewers"] or found["live"]):
                break
            await asyncio.sleep(1)
        await asyncio.sleep(3)
        return await self.figures(), took


@asynccontextmanager
async def node(home: Path, rtmp_port: int) -> AsyncIterator[tuple[Node, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._soak_node", str(home), str(rtmp_port), *STREAMS,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    running = Node(process)
    try:
        yield running, (await running.hear())["url"]
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def judge(before: Figures, after: Figures, visits: int) -> list[str]:
    """Print both and return the leaks."""
    stayed = []
    for name, (factor, more) in _ALLOWED.items():
        most = max(before[name] * factor, before[name] + more)
        print(
            f"  {name:12} {before[name]:10,.0f} -> {after[name]:10,.0f}   at most {most:10,.0f}, "
            f"{(after[name] - before[name]) / max(1, visits):+.3f} a visit"
        )
        if after[name] > most:
            stayed.append(name)
    stayed += [name for name in ("peers", "viewers") if after[name]]
    if "threads" in stayed:
        print(f"  threads before: {before['names']}\n  threads after:  {after['names']}")
    if "objects" in stayed or "memory" in stayed:
        grown: Counter[str] = Counter(after["kinds"])
        grown.subtract(before["kinds"])
        print("  grew most:" + ", ".join(f"{n} {kind}" for kind, n in grown.most_common(12)))
    return stayed


async def soak(minutes: float, viewers: int) -> list[str]:
    """Run it; return leaks and failures."""
    with tempfile.TemporaryDirectory() as folder:
        films = Films.make(Path(folder))
        home, port = Path(folder) / "home", free_port()
        settings = isolated_settings(home, rtmp_port=port)
        limits = httpx.Limits(max_keepalive_connections=0)
        async with (
            node(home, port) as (running, url),
            httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as http,
        ):
            await Visitors(url, settings, films, http).come(_WARM_S, STREAMS, viewers)
            before, waited = await running.quiet()
            print(f"ready after {waited:.0f} s of quiet", flush=True)
            began, visitors = time.monotonic(), Visitors(url, settings, films, http)
            await visitors.come(minutes * 60, STREAMS, viewers)
            took = time.monotonic() - began
            after, noticed = await running.quiet()
    for what, count in sorted(visitors.counts.items()):
        print(f"  {count:5} {what}")
    visits = sum(n for what, n in visitors.counts.items() if what.startswith(("w", "rtmp")))
    share = (after["cpu_s"] - before["cpu_s"]) / took
    print(f"{visits} visits in {took:.0f} s, the node at {share:.0%} of a core; "
          f"the last gone was noticed after {noticed:.0f} s")  # fmt: skip
    stayed = judge(before, after, visits)
    saw, none = (
        visitors.counts[name] for name in ("viewers with video", ("viewers without video"))
    )
    return stayed if saw > none else [*stayed, "too few viewers had video"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--viewers", type=int, default=4)
    options = parser.parse_args()
    stayed = asyncio.run(soak(options.minutes, options.viewers))
    print(f"leaked: {', '.join(stayed) or 'nothing'}")
    sys.exit(bool(stayed))


if __name__ == "__main__":
    main()
