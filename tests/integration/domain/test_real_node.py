"""End to end with a real media node: a demo stream, a snapshot, clips, a trim, all decoded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import av
import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from domain.accounts.models import Caller
from domain.accounts.passwords import Passwords
from domain.bootstrap import Services, build
from domain.captures.models import Clip, NewClip, NewSnapshot, NewTrim, Snapshot
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.core.time import SystemClock
from domain.infra.base import Base
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.storage import make_storage
from domain.live.models import NewStream, Source
from domain.live.node_client import NodeClient
from media_server.media.span import ENDED_EARLY
from media_server.node import Node
from tests.integration.domain.conftest import caller_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow


@dataclass
class Real:
    services: Services
    owner: Caller
    folder: Path

    async def saved(self, clip: Clip) -> Path:
        """Write a clip's bytes to a file."""
        file = await self.services.clips.file(self.owner, clip.id)
        body = await self.services.storage.open(file.bucket, file.key)
        path = self.folder / f"{clip.id}.mp4"
        path.write_bytes(b"".join([chunk async for chunk in body]))
        return path

    async def window_s(self) -> float:
        stream = await self.services.streams.get(self.owner, "demo")
        return 0 if stream.window is None else stream.window.duration_ms / 1000


@pytest_asyncio.fixture
async def real(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Real]:
    clock, keyring = SystemClock(), load_keyring(settings)
    apart = Database(database.dsn, pool_size=2)
    await apart.start()
    client = NodeClient(keyring)
    storage = make_storage(settings, keyring, clock)
    events = Events(database, clock)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    base = Base(settings, keyring, clock, database, apart, storage, events)
    services = build(base, client, passwords)
    owner = await caller_of(services, "a@b.org", organization="One")
    if not (await services.streams.list(owner))[0]:
        await services.streams.create(owner, NewStream("Demo", Source("demo")))
    node = Node(settings, services.nodes)
    running = asyncio.create_task(node.run())
    try:
        yield Real(services, owner, tmp_path)
    finally:
        node.stop()
        await running
        await client.close()
        await apart.close()


def frames_and_seconds(path: Path) -> tuple[int, float]:
    """Decode all of a file; return how many frames it shows, and its length.

    The last frame is shown to the end: on a busy machine the demo leaves frames out.
    """
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0) if (frame.time or 0) >= 0]
        assert container.duration is not None
        return len(times), container.duration / av.time_base


async def test_the_whole_way_with_a_real_node(real: Real) -> None:
    services, owner = real.services, real.owner

    async def holds_enough() -> bool:
        return await real.window_s() >= 4

    await eventually(holds_enough)
    window = (await services.streams.get(owner, "demo")).window
    assert window is not None

    async def taken() -> Snapshot | None:
        """Take a still; where the machine had no time for frames there is a gap."""
        now = (await services.streams.get(owner, "demo")).window
        assert now is not None
        at = now.end - timedelta(seconds=1.5)
        snap = await services.snapshots.create(owner, NewSnapshot("demo", at))
        return snap if abs(snap.timestamp - at) <= timedelta(milliseconds=40) else None

    snap = await eventually(taken)
    assert (snap.width or 0) > 640

    clip = await services.clips.create(
        owner, NewClip("demo", window.start + timedelta(seconds=1), 2000)
    )
    assert (clip.status, clip.preview_url is not None) == ("ready", True)
    assert abs(clip.duration_ms - 2000) <= 40
    frames, seconds = frames_and_seconds(await real.saved(clip))
    assert frames > 20  # of sixty, where nothing was missed
    assert abs(seconds - 2) < 0.1

    now = (await services.streams.get(owner, "demo")).window
    assert now is not None
    later = await services.clips.create(
        owner, NewClip("demo", now.end - timedelta(seconds=1), 3000)
    )
    assert later.status == "recording"

    async def trimmed() -> Clip | None:
        """Trim a clip of the latest seconds; where the machine had no time there is a gap."""
        now = (await services.streams.get(owner, "demo")).window
        assert now is not None
        whole = await services.clips.create(
            owner, NewClip("demo", now.end - timedelta(seconds=3), 2000)
        )
        trim = await services.clips.trim(owner, whole.id, NewTrim(500, 1500))
        await services.work.handlers["live.trim"]({"clip_id": trim.id})
        ready = await services.clips.get(owner, trim.id)
        assert (ready.status, ready.error) in {("ready", None), ("ready", ENDED_EARLY)}
        return ready if ready.error is None else None

    ready = await eventually(trimmed)
    assert ready.preview_url
    _, seconds = frames_and_seconds(await real.saved(ready))
    assert abs(seconds - 1) < 0.1

    async def finished() -> bool:
        await services.work.handlers["live.finish_recording"]({"clip_id": later.id})
        return (await services.clips.get(owner, later.id)).status == "ready"

    await eventually(finished)
    done = await services.clips.get(owner, later.id)
    assert (done.error, abs(done.duration_ms - 3000) <= 40) == (None, True)
    _, seconds = frames_and_seconds(await real.saved(done))
    assert abs(seconds - 3) < 0.1
