"""How many WebRTC peers a node takes."""

import asyncio

import httpx

from domain.core.settings import Settings
from media_server.relay.webrtc.ice import new_connection
from tests.integration.node.conftest import run_node, stream_config
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer


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
