"""WebRTC peers: how many a node takes, and what becomes of one that ends before it has begun."""

import asyncio

import httpx
import pytest

from domain.core.errors import NotFound
from domain.core.settings import Settings
from media_server.relay.webrtc.ice import new_connection
from media_server.relay.webrtc.peer import Peer, Peers
from tests.integration.node.conftest import run_node
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer
from tests.support.streams import stream_config


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
