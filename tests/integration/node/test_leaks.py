"""Publishers and viewers come and go, some without a word: the node leaks nothing.

`benchmarks/soak.py` does the same for a long time and watches memory too.
"""

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from domain.core.settings import Settings
from media_server.relay.webrtc.consent import Consent
from media_server.relay.webrtc.ice import new_connection
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, changed, run_node
from tests.integration.node.rtmp_client import connected
from tests.integration.node.sources import free_port
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer
from tests.integration.node.whip_peers import VP8_LIVE, Network, key_of, live_film, make_offer
from tests.support.streams import stream_config
from tests.support.waiting import until

ENDS = ("leaves", "closes", "vanishes")


@dataclass
class Films:
    h264: Path
    vp8: Path


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    folders = (tmp_path_factory.mktemp(name) for name in ("h264", "vp8"))
    return Films(live_film(next(folders)), live_film(next(folders), video=VP8_LIVE))


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(
        tmp_path / "home",
        still_workers=1,
        webrtc_addresses=("127.0.0.1",),
        rtmp_port=free_port(),
        rtmp_host="127.0.0.1",
    )


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as running:
        push = [f"stream_{name}" for name in (*ENDS, "none", "vp8", "rtmp")]
        await running.run_streams(
            stream_config(), *(stream_config(name, kind="push") for name in push)
        )
        yield running


@dataclass
class Visit:
    """A peer from its offer to its end."""

    running: Running
    connection: RTCPeerConnection
    network: Network

    async def begin(self, path: str, **headers: str) -> httpx.Response:
        self.network.apply_to(self.connection)
        text = self.connection.localDescription.sdp
        answer = await self.running.viewer.post(path, content=text, headers={**SDP, **headers})
        assert answer.status_code == 201, answer.text
        return answer

    async def connect(self, answer: httpx.Response) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        await until(lambda: self.connection.connectionState == "connected")

    async def end(self, how: str, answer: httpx.Response) -> None:
        if how == "leaves":
            gone = await self.running.viewer.delete(answer.headers["location"])
            assert gone.status_code == 200
        self.network.is_down = how == "vanishes"
        with contextlib.suppress(ConnectionError):
            await self.connection.close()


async def publish(running: Running, film: Path, codec: str, stream_id: str, end: str) -> None:
    connection, _ = await make_offer(film, codec=f"video/{codec}")
    visit = Visit(running, connection, Network())
    key = key_of(running.settings, stream_id)
    answer = await visit.begin(f"/whip/{stream_id}", authorization=f"Bearer {key}")
    if end != "never connects":
        await visit.connect(answer)
        await running.until_status("live", stream_id)
    await visit.end(end, answer)


async def view(running: Running, end: str) -> None:
    connection = new_connection(LOOPBACK)
    await offer(connection)
    visit = Visit(running, connection, Network())
    answer = await visit.begin("/whep/stream_a")
    if end != "never connects":
        await visit.connect(answer)
        await connection.getReceivers()[0].track.recv()
    await visit.end(end, answer)


async def publish_by_rtmp(running: Running) -> None:
    async with connected(running.settings.rtmp_port) as client:
        status = await client.publish(key_of(running.settings, "stream_rtmp"))
        assert status["code"] == "NetStream.Publish.Start"
        client.writer.transport.abort()


def held() -> dict[str, int]:
    """Count what the process holds, this test's own peers included: they have ended too."""
    gc.collect()
    objects = gc.get_objects()
    return {
        "files": psutil.Process().num_fds(),
        "threads": sum(not t.name.startswith("asyncio_") for t in threading.enumerate()),
        "tasks": len(asyncio.all_tasks()),
        "connections": sum(isinstance(each, RTCPeerConnection) for each in objects),
    }


@pytest.mark.ffmpeg
async def test_the_node_keeps_nothing_of_publishers_and_viewers_that_have_gone(
    running: Running, films: Films
) -> None:
    async def visits() -> None:
        with changed(running.node.peers, "connect_s", 0.01):
            await publish(running, films.h264, "H264", "stream_none", "never connects")
            await view(running, "never connects")
            await until(lambda: len(running.node.peers) == 0)
        # A silent viewer is dropped after 3.5 s.
        with changed(Consent, "interval_s", 0.2), changed(Consent, "resent", 2):
            await view(running, "vanishes")
            await until(lambda: len(running.node.peers) == 0)
        await asyncio.gather(
            *(publish(running, films.h264, "H264", f"stream_{end}", end) for end in ENDS),
            publish(running, films.vp8, "VP8", "stream_vp8", "closes"),
            publish_by_rtmp(running),
            *(view(running, end) for end in ENDS if end != "vanishes"),
        )
        await until(lambda: len(running.node.peers) == len(running.node.rtmp.server) == 0)

    await running.until_held(1)
    await visits()  # what is made at first need, and kept
    before = held()

    def is_as_before() -> bool:
        now = held()
        return all(now[name] <= before[name] for name in now)

    await visits()
    with contextlib.suppress(TimeoutError):
        await until(is_as_before, 30)
    now = held()
    assert {name: max(now[name], count) for name, count in before.items()} == before
    assert (await running.status()).viewers == 0
