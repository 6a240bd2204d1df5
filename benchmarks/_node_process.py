"""A real node process for the node's benchmarks: start, query, measure, stop."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from domain.core.errors import NotFound
from domain.core.secrets import internal_key, load_keyring
from domain.core.settings import Settings
from domain.live.nodes import Beat, Orders
from domain.live.nodes import Node as KnownNode
from domain.live.wire import StreamConfig
from media_server.node import Node

SECRET = "a secret for benchmarks that is long enough"


class Directory:
    """A fixed list of streams for the node."""

    def __init__(self, configs: list[StreamConfig]) -> None:
        self._configs = configs

    async def heartbeat(self, beat: Beat) -> Orders:
        del beat
        return Orders(self._configs)

    async def of_stream(self, stream_id: str) -> KnownNode | None:
        del stream_id
        return None

    async def drain(self, node: str) -> KnownNode:
        raise NotFound(node)

    async def leave(self, node_id: str) -> None:
        del node_id


def config(number: int, url: str | None, buffer_s: int = 30) -> StreamConfig:
    return StreamConfig(
        stream_id=f"stream_{number}",
        organization_id="org",
        name=f"Stream {number}",
        slug=f"stream-{number}",
        kind="pull" if url else "demo",
        url=url,
        buffer_s=buffer_s,
        visibility="public",
        allow_capture=True,
    )


def settings_of(home: Path) -> Settings:
    return Settings.model_validate(
        {
            "home": home,
            "secret": SECRET,
            "pull_networks": ("127.0.0.0/8",),
            "pull_folder": Path("/"),
            "still_workers": 1,
            "_env_file": None,
        }
    )


@dataclass
class Measured:
    """A node's process and its addresses."""

    process: psutil.Process
    public_url: str
    control: httpx.AsyncClient

    def cpu_s(self) -> float:
        """Return the processor time so far, without the decoder processes'."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextlib.asynccontextmanager
async def node(home: Path, urls: list[str | None], buffer_s: int = 30) -> AsyncIterator[Measured]:
    """Run a node in a separate process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._node_process", str(home), str(buffer_s),
        json.dumps(urls), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert process.stdout is not None
    control_url, public_url = (await process.stdout.readline()).decode().split()
    key = {"Authorization": f"Bearer {internal_key(load_keyring(settings_of(home)))}"}
    async with httpx.AsyncClient(base_url=control_url, headers=key, timeout=60) as control:
        yield Measured(psutil.Process(process.pid), public_url, control)
    process.terminate()
    await process.wait()


async def _run(home: Path, buffer_s: int, urls: list[str | None]) -> None:
    configs = [config(number, url, buffer_s) for number, url in enumerate(urls)]
    found = Node(settings_of(home), Directory(configs))
    print(found.addresses.control_url, found.addresses.public_url, flush=True)
    await found.run()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
