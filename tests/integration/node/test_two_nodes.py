"""Two real node processes on one database: one dies, the other is drained."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from domain.accounts.wiring import wire_notifier
from domain.core.errors import NodeUnavailable
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.core.time import SystemClock
from domain.infra.database import Database
from domain.infra.events import Events
from domain.live.node_client import NodeClient
from domain.live.nodes import Node, NodeRegistry
from domain.live.urls import publish_key
from tests.conftest import isolated_settings
from tests.integration.node.sources import AAC, H264, ffmpeg, free_port, make_film
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.ffmpeg, pytest.mark.timeout(900)]
STREAMS = {"stream_a": "pull", "stream_b": "pull", "stream_c": "push", "stream_d": "push"}


@dataclass
class Nodes:
    """The processes, and the registry as the web process sees it."""

    settings: Settings
    database: Database
    registry: NodeRegistry
    client: NodeClient
    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, name: str) -> None:
        """Start a node as the Procfile's line does."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "media_server"),
                env={
                    **os.environ,
                    "MOMENTS_HOME": str(self.settings.home),
                    "MOMENTS_SECRET": "a secret for tests that is long enough",
                    "DATABASE_URL": self.database.dsn,
                    "MOMENTS_MEDIA_NAME": name,
                    "MOMENTS_PULL_FOLDER": str(self.folder),
                    "MOMENTS_RTMP_HOST": "127.0.0.1",
                    "MOMENTS_RTMP_PORT": str(self.settings.rtmp_port),
                    "MOMENTS_STILL_WORKERS": "1",
                },
                stderr=log,
                stdout=log,
            )

    async def where(self) -> dict[str, str]:
        """Return which node runs which stream, by names."""
        rows = await self.database.fetch(
            "SELECT s.id, n.name FROM stream s JOIN media_node n ON n.id = s.node_id"
        )
        return {row["id"]: row["name"] for row in rows}

    async def node(self, name: str) -> Node:
        """Return a node by its name."""
        return next(node for node in await self.registry.nodes() if node.name == name)

    async def live(self, name: str) -> set[str]:
        """Return what is live at a node."""
        status = await self.client.status((await self.node(name)).control_url)
        return {one.stream_id for one in status.streams if one.status == "live"}

    def until_live(self, name: str, *streams: str) -> Callable[[], "asyncio.Future[bool]"]:
        """Return whether streams are live at a node, to be waited for."""

        async def are() -> bool:
            with contextlib.suppress(Exception, StopIteration):
                return {*streams} <= await self.live(name)
            return False

        return lambda: asyncio.ensure_future(are())

    def until_all_at(self, name: str) -> Callable[[], "asyncio.Future[bool]"]:
        """Return whether a node is said to run every stream, to be waited for."""

        async def are() -> bool:
            return set((await self.where()).values()) == {name}

        return lambda: asyncio.ensure_future(are())

    async def plays(self, stream_id: str) -> bool:
        """Tell whether a playlist is answered where the web's proxy would ask for it."""
        node = await self.registry.of_stream(stream_id)
        if node is None:
            return False
        async with httpx.AsyncClient(timeout=10) as viewer:
            with contextlib.suppress(httpx.HTTPError):
                url = f"{node.public_url}/hls/{stream_id}/media.m3u8"
                return (await viewer.get(url)).status_code == 200
        return False


@contextlib.asynccontextmanager
async def obs(film: Path, url: str) -> AsyncIterator[None]:
    """Publish, and connect again whenever the connection is lost, as OBS does."""

    async def forever() -> None:
        while True:
            arguments = ["-re", "-stream_loop", "-1", "-i", str(film), "-c", "copy", "-f", "flv"]
            async with ffmpeg(*arguments, url) as process:
                await process.wait()
            await asyncio.sleep(0.5)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest_asyncio.fixture
async def nodes(database: Database, tmp_path: Path) -> AsyncIterator[Nodes]:
    settings = isolated_settings(tmp_path / "home", rtmp_port=free_port())
    await database.execute(
        "INSERT INTO organization (id, name, created_at, updated_at)"
        " VALUES ('org_a', 'A', now(), now())"
    )
    for stream_id, kind in STREAMS.items():
        await database.execute(
            "INSERT INTO stream (id, organization_id, name, slug, kind, url, buffer_s, visibility,"
            " allow_capture, publish_key_version, created_at, updated_at)"
            " VALUES ($1, 'org_a', $1, $1, $2, $3, 60, 'public', true, 1, now(), now())",
            stream_id,
            kind,
            f"file://{tmp_path}/film.mp4" if kind == "pull" else None,
        )
    clock = SystemClock()
    keyring = load_keyring(settings)
    notifier = wire_notifier(settings, keyring, database, Events(database, clock), clock)
    registry = NodeRegistry(database, notifier)
    client = NodeClient(keyring)
    found = Nodes(settings, database, registry, client, tmp_path)
    yield found
    for process in found.processes.values():
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.terminate()
        await process.wait()
    await client.close()


async def test_a_dead_node_is_replaced_and_a_drained_one_ends(nodes: Nodes) -> None:
    film = make_film(nodes.folder / "film.mp4", *H264, *AAC, seconds=20)
    await nodes.start("one")
    await nodes.start("two")
    await until(nodes.until_live("one"), 180)
    await until(nodes.until_live("two"), 180)
    # Whichever was first took all; from here on they are where the test wants them.
    for stream_id, name in zip(STREAMS, ("one", "two", "one", "two"), strict=True):
        node = await nodes.node(name)
        await nodes.database.execute(
            "UPDATE stream SET node_id = $2 WHERE id = $1", stream_id, node.id
        )
    key = {stream: publish_key(load_keyring(nodes.settings), stream, 1) for stream in STREAMS}
    base = f"rtmp://127.0.0.1:{nodes.settings.rtmp_port}/live/"
    async with obs(film, base + key["stream_c"]), obs(film, base + key["stream_d"]):
        await until(nodes.until_live("one", "stream_a", "stream_c"), 180)
        await until(nodes.until_live("two", "stream_b", "stream_d"), 180)

        nodes.processes["two"].kill()
        await until(nodes.until_live("one", *STREAMS), 180)
        await until(nodes.until_all_at("one"), 180)
        for stream in STREAMS:  # live, they hold their first segment a moment later
            await until(partial(nodes.plays, stream), 180)

        await nodes.start("two")
        await until(nodes.until_live("two"), 180)
        await nodes.registry.drain("one")
        for name in ("one", "two"):
            with suppress(NodeUnavailable):  # the drained one may be ending already
                await nodes.client.reconcile((await nodes.node(name)).control_url)
        await until(nodes.until_live("two", *STREAMS), 180)
        assert set((await nodes.where()).values()) == {"two"}
        assert await asyncio.wait_for(nodes.processes["one"].wait(), 120) == 0


async def test_a_drained_node_without_a_successor_goes_on(nodes: Nodes) -> None:
    make_film(nodes.folder / "film.mp4", *H264, *AAC)
    await nodes.start("one")
    await until(nodes.until_live("one", "stream_a"), 180)
    await nodes.registry.drain("one")
    await nodes.client.reconcile((await nodes.node("one")).control_url)
    assert "stream_a" in await nodes.live("one")
    await nodes.database.execute("UPDATE stream SET node_id = NULL WHERE id = 'stream_d'")
    await nodes.client.reconcile((await nodes.node("one")).control_url)
    assert "stream_d" not in await nodes.where()  # it takes nothing new
    await nodes.start("two")
    assert await asyncio.wait_for(nodes.processes["one"].wait(), 180) == 0
    await until(nodes.until_live("two", "stream_a"), 180)
