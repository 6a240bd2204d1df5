"""The effects of a changed stream config on its viewers and publishers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiortc import RTCPeerConnection

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from media_server.relay.webrtc.ice import new_connection
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.rtmp_client import connected
from tests.integration.node.sources import free_port
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer, watch
from tests.integration.node.whip_peers import key_of, live_film, make_offer, publishing
from tests.support.streams import stream_config
from tests.support.waiting import until


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
    async with run_node(node_settings) as found:
        yield found


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_film(tmp_path_factory.mktemp("changes"))


def token_of(running: Running, lifetime_s: int) -> str:
    return load_keyring(running.settings).sign("viewer", {"sub": "stream_a"}, lifetime_s)


async def ended(connection: RTCPeerConnection) -> None:
    """Wait until the node has ended a peer's session."""
    await until(lambda: connection.connectionState in {"closed", "failed"})


async def goes_on(running: Running) -> None:
    """Wait until more has come than there is now."""
    before = (await running.until_held(0.5)).window
    assert before is not None

    async def is_longer() -> bool:
        now = (await running.status()).window
        return now is not None and now.end_us > before.end_us + 500_000

    await until(is_longer)
    assert (await running.status()).status == "live"


# Who watches


async def test_who_watches_without_a_token_goes_when_the_stream_is_closed(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(1)
    path = f"/whep/stream_a/t/{token_of(running, 600)}"
    async with watch(running.viewer) as anybody, watch(running.viewer, path) as member:
        await asyncio.gather(anybody.until_seen(3), member.until_seen(3))
        await running.run_streams(stream_config(visibility="unlisted"))
        await anybody.until_seen(len(anybody.numbers) + 10)
        await running.run_streams(stream_config(visibility="private"))
        await ended(anybody.connection)
        await member.until_seen(len(member.numbers) + 10)
        assert len(running.node.peers) == 1


async def test_nobody_is_let_in_while_the_stream_is_being_closed(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(1)
    connection = new_connection(LOOPBACK)
    text = await offer(connection)

    async def body() -> AsyncIterator[bytes]:
        yield text[:100].encode()
        await running.run_streams(stream_config(visibility="private"))
        yield text[100:].encode()

    answer = await running.viewer.post("/whep/stream_a", content=body(), headers=SDP)
    await connection.close()
    assert answer.status_code == 404
    assert len(running.node.peers) == 0


async def test_who_watches_goes_when_the_token_runs_out(running: Running) -> None:
    await running.run_streams(stream_config(visibility="private"))
    await running.until_held(1)
    long = f"/whep/stream_a/t/{token_of(running, 600)}"
    async with watch(running.viewer, long) as stays:
        short = f"/whep/stream_a/t/{token_of(running, 10)}"
        async with watch(running.viewer, short) as goes:
            await ended(goes.connection)
            assert (await running.viewer.delete(goes.location)).status_code == 404
        await stays.until_seen(len(stays.numbers) + 10)


# Who publishes


async def test_another_source_takes_a_whip_publishers_place(running: Running, film: Path) -> None:
    await running.run_streams(stream_config(kind="push"))
    async with publishing(running.viewer, running.settings, film) as whip:
        await running.until_status("live")
        await running.run_streams(stream_config(kind="demo"))
        await ended(whip.connection)
    await until(lambda: len(running.node.peers) == 0)
    await goes_on(running)


async def test_another_source_takes_an_rtmp_publishers_place(running: Running) -> None:
    await running.run_streams(stream_config(kind="push"))
    async with connected(running.settings.rtmp_port) as client:
        await client.publish(key_of(running.settings, "stream_a"))
        await running.run_streams(stream_config(kind="demo"))
        assert "its own source" in str((await client.status())["description"])
        await client.closed()
    await until(lambda: len(running.node.rtmp.server) == 0)
    await goes_on(running)


async def post_offer(running: Running, film: Path, version: int) -> httpx.Response:
    """Offer to publish by a version of the key."""
    connection, _ = await make_offer(film)
    headers = {"authorization": f"Bearer {key_of(running.settings, 'stream_a', version)}", **SDP}
    answer = await running.viewer.post(
        "/whip/stream_a", content=connection.localDescription.sdp, headers=headers
    )
    await connection.close()
    return answer


async def test_a_replaced_key_ends_a_whip_publisher_and_lets_the_new_one_in(
    running: Running, film: Path
) -> None:
    await running.run_streams(stream_config(kind="push"))
    async with publishing(running.viewer, running.settings, film) as whip:
        await running.until_status("live")
        await running.run_streams(stream_config(kind="push", publish_key_version=2))
        assert "key" in ((await running.status()).error or "")
        assert (await post_offer(running, film, 1)).status_code == 401
        assert (await post_offer(running, film, 2)).status_code == 201
        await ended(whip.connection)


async def test_a_key_that_is_replaced_while_it_is_used_lets_nobody_in(
    running: Running, film: Path
) -> None:
    await running.run_streams(stream_config(kind="push"))
    connection, _ = await make_offer(film)
    text = connection.localDescription.sdp

    async def body() -> AsyncIterator[bytes]:
        yield text[:100].encode()
        await running.run_streams(stream_config(kind="push", publish_key_version=2))
        yield text[100:].encode()

    headers = {"authorization": f"Bearer {key_of(running.settings, 'stream_a')}", **SDP}
    answer = await running.viewer.post("/whip/stream_a", content=body(), headers=headers)
    await connection.close()
    assert answer.status_code == 401
    await until(lambda: len(running.node.peers) == 0)


async def test_other_changes_are_nothing_to_a_publisher(running: Running, film: Path) -> None:
    await running.run_streams(stream_config(kind="push"))
    async with publishing(running.viewer, running.settings, film) as whip:
        await running.until_status("live")
        await running.run_streams(stream_config(kind="push", visibility="private", buffer_s=20))
        await goes_on(running)
        assert whip.connection.connectionState == "connected"
