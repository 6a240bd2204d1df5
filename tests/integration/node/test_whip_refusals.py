"""What WHIP refuses (RFC 9725) and how; hostile peers do not affect others."""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiortc import RTCSessionDescription

from domain.core.settings import Settings
from media_server.ingest.webrtc.publisher import Publisher
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, changed, run_node
from tests.integration.node.whip_peers import (
    FilmTrack,
    encoded,
    key_of,
    live_film,
    make_offer,
    publishing,
)
from tests.support.streams import stream_config
from tests.support.waiting import until

SDP = {"content-type": "application/sdp"}
FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}
_TYPE = re.compile(r"a=rtpmap:(\d+) ")
_PORT = re.compile(r"a=candidate:\S+ \d+ udp \d+ (\S+) (\d+) typ host", re.I)


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(tmp_path / "home", still_workers=1, webrtc_addresses=("127.0.0.1",))


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as found:
        await found.run_streams(stream_config(kind="push"), stream_config("stream_b", kind="push"))
        yield found


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_film(tmp_path_factory.mktemp("refusals"))


@contextlib.asynccontextmanager
async def neighbour(running: Running, film: Path) -> AsyncIterator[str]:
    """Publish into stream_a, give its answer, and see that it noticed nothing."""
    async with publishing(running.viewer, running.settings, film) as whip:
        before = await running.until_held(1)
        yield whip.answer.text
        assert before.window is not None
        held = (before.window.end_us - before.window.start_us) / 1e6
        status = await running.until_held(held + 1)
        assert status.status == "live"
        assert status.ingest is not None
        assert (status.ingest.lost_packets, status.ingest.recovered_packets) == (0, 0)
        assert status.corrupt_packets == 0
        # Only a process that got no processor for seconds may have started a new section.
        assert status.dropped_packets == 0 or status.discontinuities


def bearer(running: Running, stream_id: str = "stream_b", **headers: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key_of(running.settings, stream_id)}", **headers}


async def post(running: Running, body: str | bytes, **headers: str) -> httpx.Response:
    wanted = {**bearer(running), **SDP, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return await running.viewer.post("/whip/stream_b", content=body, headers=wanted)


async def test_offers_that_are_refused_before_anything_is_made(
    running: Running, film: Path
) -> None:
    connection, _ = await make_offer(film)
    offer = connection.localDescription.sdp
    damaged = {
        "empty": "",
        "no SDP": "hello",
        "nothing in it": "v=0\r\n",
        "cut short": offer[: len(offer) // 3],
        "no ICE": re.sub(r"a=ice-ufrag:.*\r\n", "", offer),
        "no DTLS": re.sub(r"a=fingerprint:.*\r\n", "", offer),
        "no codec of ours": offer.replace("H264/90000", "H999/90000"),
        "watches": offer.replace("a=sendonly", "a=recvonly"),
        "numbers that are none": re.sub(r"a=rtpmap:\d+", "a=rtpmap:x", offer),
        "a hundred sections": offer + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 100,
        "a hundred candidates": offer + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n" * 100,
        "null bytes": offer.replace("a=mid", "\0\0"),
    }
    async with neighbour(running, film):
        for name, body in damaged.items():
            answer = await post(running, body)
            assert answer.status_code == 400, (name, answer.text)
            assert answer.json()["error"], name
        assert (await post(running, b"\xff\xfe" + offer.encode())).status_code == 400
        assert (await post(running, offer + "a=x\r\n" * 40_000)).status_code == 413
        assert (await post(running, offer, content_type="text/plain")).status_code == 415
        for key in ("", "Bearer", "Bearer pk_b_wrong", "Basic eDp5"):
            assert (await post(running, offer, authorization=key)).status_code == 401, key
        wrong = bearer(running, "stream_a")["authorization"]
        assert (await post(running, offer, authorization=wrong)).status_code == 401
        unknown = await running.viewer.post(
            "/whip/stream_z", content=offer, headers={**bearer(running), **SDP}
        )
        assert unknown.status_code == 401  # nobody learns what exists
        assert (await running.viewer.get("/whip/stream_b")).status_code == 405
        assert len(running.node.peers) == 1
        assert (await running.status("stream_b")).status != "live"
    await connection.close()


async def test_sessions_are_guarded_by_their_tags(running: Running, film: Path) -> None:
    async with publishing(running.viewer, running.settings, film) as whip:
        await running.until_status("live")
        tag = whip.answer.headers["etag"]

        async def patch(body: str = "", **headers: str) -> int:
            wanted = {**FRAGMENT, **{k.replace("_", "-"): v for k, v in headers.items()}}
            answer = await whip.http.patch(whip.location, content=body, headers=wanted)
            return answer.status_code

        assert await patch() == 428
        assert await patch(if_match='"another"') == 412
        assert await patch(if_match="*") == 422  # would restart ICE
        assert await patch("a=ice-ufrag:new\r\na=ice-pwd:0123456789\r\n", if_match=tag) == 422
        assert await patch(if_match=tag, content_type="application/sdp") == 415
        assert await patch("rubbish", if_match=tag) == 400
        assert await patch("a=candidate:rubbish\r\n", if_match=tag) == 400
        assert await patch("a=x\r\n" * 40_000, if_match=tag) == 413
        ours = re.findall(r"a=ice-ufrag:(\S+)", whip.connection.localDescription.sdp)[0]
        assert await patch(f"a=ice-ufrag:{ours}\r\n", if_match=tag) == 204
        assert await patch("a=end-of-candidates\r\n", if_match=tag) == 204
        for path in (f"/whip/stream_a/peer_{'0' * 32}", whip.location.replace("_a/", "_b/")):
            assert (await whip.http.delete(path)).status_code == 404
            assert (await whip.http.patch(path, headers=FRAGMENT)).status_code == 404
        assert (await running.status()).status == "live"


async def test_a_second_publisher_is_refused(running: Running, film: Path) -> None:
    async with (
        neighbour(running, film),
        publishing(running.viewer, running.settings, film) as second,
    ):
        assert second.answer.status_code == 409
        assert "already" in second.answer.json()["error"]


async def test_or_takes_over_by_setting(node_settings: Settings, film: Path) -> None:
    settings = node_settings.model_copy(update={"second_publisher": "takeover"})
    async with run_node(settings) as running:
        await running.run_streams(stream_config(kind="push"))
        async with publishing(running.viewer, settings, film) as first:
            await running.until_held(1)
            async with publishing(running.viewer, settings, film) as second:
                assert second.answer.status_code == 201
                await until(lambda: first.connection.connectionState in {"closed", "failed"})
                await running.until_held(3)
                assert (await running.status()).status == "live"
                assert len(running.node.peers) == 1


async def test_a_flood_at_the_port_of_a_publisher_is_not_noticed(
    running: Running, film: Path
) -> None:
    request = b"\0\1\0\x08\x21\x12\xa4\x42" + bytes(12) + b"\0\6\0\4evil"
    async with neighbour(running, film) as answer:
        match = _PORT.search(answer)
        assert match is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for turn in range(40):
                for _ in range(50):
                    sock.sendto(request, (match[1], int(match[2])))
                    sock.sendto(b"\x80" + os.urandom(200), (match[1], int(match[2])))
                    sock.sendto(bytes((20 + turn,)) + os.urandom(40), (match[1], int(match[2])))
                await asyncio.sleep(0.02)


async def test_garbage_in_a_publishers_packets_is_its_own_loss(
    running: Running, film: Path
) -> None:
    async with (
        neighbour(running, film),
        publishing(running.viewer, running.settings, film, "stream_b") as whip,
    ):
        await running.until_held(1, "stream_b")
        sender = whip.connection.getTransceivers()[0].sender
        ssrc = sender._ssrc.to_bytes(4, "big")
        types = [int(number) for number in _TYPE.findall(whip.answer.text)]
        for number in range(600):
            head = bytes(
                (0x90 if number % 3 else 0xBF, types[number % len(types)] | number % 2 << 7)
            )
            packet = head + os.urandom(6) + ssrc + os.urandom(number % 60)
            with contextlib.suppress(Exception):
                await sender.transport._send_rtp(packet)
            await sender.transport._send_rtp(b"\x81\xc9\0\7" + os.urandom(28))
            await asyncio.sleep(0)  # the neighbour sends from this process, too
        status = await running.status("stream_b")
        assert status.status in {"live", "offline"}
    await running.until_status("offline", "stream_b")  # that it has gone is heard a moment later
    async with publishing(running.viewer, running.settings, film, "stream_b") as whip:
        assert whip.answer.status_code == 201
        await running.until_status("live", "stream_b")


async def test_who_sends_no_keyframe_is_told_so(running: Running, film: Path) -> None:
    tail = [packet for packet in encoded(film, "video")[1:29] if not packet.is_keyframe]
    async with neighbour(running, film):
        connection, tracks = await make_offer(film, audio=False)
        video: FilmTrack = tracks[0]
        video.play(tail)
        answer = await post(running, connection.localDescription.sdp)
        assert answer.status_code == 201
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))

        async def is_told() -> bool:
            status = await running.status("stream_b")
            return status.status == "offline" and "keyframe" in (status.error or "")

        with changed(Publisher, "keyless_s", 5):
            await until(is_told)
        assert (await running.status("stream_b")).window is None
        await connection.close()
