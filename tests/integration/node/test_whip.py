"""WHIP with real peers: what they publish is in the ring, in time, whatever the network does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.core.settings import Settings
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node, stream_config
from tests.integration.node.whip_peers import live_film, publishing


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(tmp_path / "home", still_workers=1, webrtc_addresses=("127.0.0.1",))


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as found:
        await found.run_streams(stream_config(kind="push"))
        yield found


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_film(tmp_path_factory.mktemp("whip"))


async def test_a_publisher_is_live(running: Running, film: Path) -> None:
    async with publishing(running.viewer, running.settings, film) as whip:
        assert whip.answer.status_code == 201, whip.answer.text
        await whip.connected()
        status = await running.until_status("live")
        await running.until_held(3)
        meta, _ = await running.cut(last_ms=2000)
        assert meta.has_audio
        assert meta.has_video
        assert meta.complete
        assert (await whip.http.delete(whip.location)).status_code == 200
        status = await running.until_status("offline")
        assert status.error is None
