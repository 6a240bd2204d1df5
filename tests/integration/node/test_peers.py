"""WebRTC peers: the node's limit, and peers that end before they have started."""

import asyncio
import re
import socket
import struct
from pathlib import Path

import httpx
import pytest

from domain.core.errors import NotFound, RateLimited, Unavailable
from domain.core.settings import Settings
from media_server.relay.player import Player
from media_server.relay.webrtc.ice import Ice, new_connection
from media_server.relay.webrtc.peer import Peer, Peers
from tests.integration.node.conftest import run_node
from tests.integration.node.sources import make_film
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer, watch
from tests.integration.node.whip_peers import H264_LIVE, OPUS, publishing
from tests.support.streams import stream_config

_STUN = struct.pack("!HHI", 1, 8, 0x2112A442) + bytes(12)
# What whoever finds a port can send: nothing, too much, and STUN with a PRIORITY of one byte.
_STRANGE = (
    b"", b"\x80\x60" + bytes(1499), b"\x80\xc8" + bytes(60_000),
    _STUN + struct.pack("!HH", 0x24, 1) + b"a\0\0\0",
)  # fmt: skip


@pytest.mark.parametrize("state", ["new", "gathering"])
async def test_who_is_closed_while_being_answered_is_told_to_begin_anew(state: str) -> None:
    viewer = new_connection(LOOPBACK)
    text = await offer(viewer)
    peers, peer = Peers(1), Peer("whep", "stream_a", new_connection(LOOPBACK))
    peers.add(peer)
    answering = asyncio.create_task(peer.answer(text, LOOPBACK))
    while peer.connection.iceGatheringState != state and not answering.done():  # noqa: ASYNC110 (polls)
        await asyncio.sleep(0)
    peer.close_soon()
    with pytest.raises(NotFound):
        await answering
    await peer.close()
    assert len(peers) == 0
    await viewer.close()


async def test_offers_that_are_being_answered_count(node_settings: Settings) -> None:
    values = {"webrtc_addresses": ("127.0.0.1",), "webrtc_peers": 1}
    async with run_node(node_settings.model_copy(update=values)) as running:
        await running.run_streams(stream_config())
        await running.until_held(1)
        connection = new_connection(LOOPBACK)
        text = await offer(connection)
        await connection.close()

        async def post(body: str) -> httpx.Response:
            return await running.viewer.post("/whep/stream_a", content=body, headers=SDP)

        for refused in (text.replace("H264/90000", "H265/90000"), text.replace("m=video", "m=v")):
            assert (await post(refused)).status_code in {400, 415}
            assert len(running.node.peers) == 0
        answers = await asyncio.gather(*(post(text) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 503, 503, 503]
        assert len(running.node.peers) == 1


def _wait(peers: Peers, count: int, address: str) -> None:
    """Let viewers begin who never connect."""
    for _ in range(count):
        connection = new_connection(Ice())
        peers.add(Peer("whep", "stream_a", connection, Player("", address, "")))


async def test_one_address_cannot_hold_all_there_is_to_connect() -> None:
    peers = Peers(1000)
    _wait(peers, 50, "192.0.2.1")
    with pytest.raises(RateLimited, match="your address"):
        peers.check_room("whep", "192.0.2.1")
    peers.check_room("whep", "192.0.2.2")
    await peers.close()


async def test_viewers_leave_room_for_publishers() -> None:
    peers = Peers(10)
    _wait(peers, 9, "192.0.2.1")
    with pytest.raises(Unavailable, match="reached its limit"):
        peers.check_room("whep", "192.0.2.2")
    peers.check_room("whip")
    await peers.close()


async def test_what_strangers_send_ends_no_session(node_settings: Settings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", *H264_LIVE, *OPUS, seconds=4)
    settings = node_settings.model_copy(update={"webrtc_addresses": ("127.0.0.1",)})
    async with run_node(settings) as running:
        await running.run_streams(stream_config(), stream_config("stream_b", kind="push"))
        await running.until_held(1)
        async with (
            watch(running.viewer) as viewer,
            publishing(running.viewer, settings, film, stream_id="stream_b") as whip,
        ):
            await viewer.until_seen(5)
            await running.until_status("live", "stream_b")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for answer in (viewer.answer, whip.answer):
                    port = re.search(r"udp \d+ 127\.0\.0\.1 (\d+)", answer.text)
                    assert port is not None
                    for datagram in _STRANGE:
                        stranger.sendto(datagram, ("127.0.0.1", int(port[1])))
            await viewer.until_seen(len(viewer.numbers) + 30)
            await running.until_held(5, "stream_b")
            assert len(running.node.peers) == 2
