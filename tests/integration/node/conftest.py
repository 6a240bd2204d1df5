"""A whole node on this machine without a database: the directory is a fake with its rules."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import pytest

from domain.core.errors import DatabaseUnavailable, NotFound
from domain.core.secrets import internal_key, load_keyring
from domain.core.settings import Settings
from domain.live.nodes import Beat, Orders
from domain.live.nodes import Node as KnownNode
from domain.live.wire import META_HEADER, CutMeta, StillMeta, StreamConfig, StreamStatus, Wire
from media_server.node import Node
from tests.conftest import isolated_settings
from tests.integration.node.sources import AAC, H264, Web, make_film, web_server
from tests.support.waiting import until

T = TypeVar("T", bound=Wire)


@dataclass
class FakeDirectory:
    """Lists the streams that nodes should run; can be unreachable."""

    configs: list[StreamConfig] = field(default_factory=list)
    is_away: bool = False
    beats: int = 0
    left: list[str] = field(default_factory=list)
    elsewhere: dict[str, KnownNode] = field(default_factory=dict)

    async def heartbeat(self, beat: Beat) -> Orders:
        self.beats += 1
        if self.is_away:
            raise DatabaseUnavailable("The database does not answer")
        return Orders(self.configs)

    async def of_stream(self, stream_id: str) -> KnownNode | None:
        return self.elsewhere.get(stream_id)

    async def drain(self, node: str) -> KnownNode:
        raise NotFound(node)

    async def leave(self, node_id: str) -> None:
        self.left.append(node_id)


@dataclass
class Running:
    """A node and its clients."""

    node: Node
    directory: FakeDirectory
    control: httpx.AsyncClient
    viewer: httpx.AsyncClient
    settings: Settings

    async def run_streams(self, *configs: StreamConfig) -> None:
        """Make the node run these streams."""
        self.directory.configs = list(configs)
        response = await self.control.post("/control/reconcile")
        assert response.status_code == 204

    async def status(self, stream_id: str = "stream_a") -> StreamStatus:
        """Return a stream's status."""
        response = await self.control.get(f"/control/streams/{stream_id}")
        return msgspec.json.decode(response.content, type=StreamStatus)

    async def until_held(self, seconds: float, stream_id: str = "stream_a") -> StreamStatus:
        """Wait until a stream has buffered this much."""

        async def enough() -> bool:
            window = (await self.status(stream_id)).window
            return window is not None and window.end_us - window.start_us >= seconds * 1e6

        await until(enough)
        return await self.status(stream_id)

    async def until_status(self, wanted: str, stream_id: str = "stream_a") -> StreamStatus:
        """Wait until a stream has this status."""

        async def is_so() -> bool:
            return (await self.status(stream_id)).status == wanted

        await until(is_so)
        return await self.status(stream_id)

    def frames(self, start_us: int = 0, end_us: int = 1 << 62) -> list[int]:
        """Return each buffered frame's time in a span; on a busy machine the demo skips some."""
        chunks = self.node.registry.get("stream_a").stream.ring.video.chunks
        shown = (us for chunk in chunks for us in chunk.all().pts_us.tolist())
        return [us for us in shown if start_us <= us < end_us]

    async def cut(self, stream_id: str = "stream_a", **wanted: int) -> tuple[CutMeta, bytes]:
        """Cut a clip."""
        response = await self.control.post(f"/control/streams/{stream_id}/cut", json=wanted)
        assert response.status_code == 200, response.text
        return meta(response, CutMeta), response.content

    async def still(self, stream_id: str = "stream_a", **wanted: object) -> tuple[StillMeta, bytes]:
        """Take a still."""
        response = await self.control.post(f"/control/streams/{stream_id}/still", json=wanted)
        assert response.status_code == 200, response.text
        return meta(response, StillMeta), response.content


def meta(response: httpx.Response, kind: type[T]) -> T:
    """Return a response's metadata."""
    return msgspec.json.decode(response.headers[META_HEADER], type=kind)


@contextlib.contextmanager
def changed(of: object, name: str, value: float) -> Iterator[None]:
    """Give something another interval for a while."""
    usual = getattr(of, name)
    setattr(of, name, value)
    try:
        yield
    finally:
        setattr(of, name, usual)


@contextlib.asynccontextmanager
async def run_node(
    settings: Settings, directory: FakeDirectory | None = None
) -> AsyncIterator[Running]:
    """Run a node in this process."""
    directory = directory or FakeDirectory()
    node = Node(settings, directory)
    task = asyncio.create_task(node.run())
    key = {"Authorization": f"Bearer {internal_key(load_keyring(settings))}"}
    async with (
        httpx.AsyncClient(base_url=node.addresses.control_url, headers=key, timeout=120) as control,
        httpx.AsyncClient(base_url=node.addresses.public_url, timeout=120) as viewer,
    ):
        await until(lambda: directory.beats > 0 or task.done())
        if task.done():
            task.result()
        yield Running(node, directory, control, viewer, settings)
    node.stop()
    await task


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(
        tmp_path / "home",
        pull_networks=("127.0.0.0/8",),
        pull_folder=tmp_path,
        still_workers=1,
    )


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as found:
        yield found


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as found:
        yield found


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film as mp4 and as MPEG-TS."""
    folder = tmp_path_factory.mktemp("films")
    make_film(folder / "film.mp4", *H264, *AAC)
    make_film(folder / "film.ts", *H264, *AAC, seconds=20)
    return folder
