"""Watching by WebRTC: aiortc's peers as viewers of a whole node."""

import asyncio
import random
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from media_server.egress.webrtc.broadcast import Broadcast
from media_server.egress.webrtc.units import RtpUnit
from media_server.relay.webrtc.ice import new_connection
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.sources import AAC, Web, make_film
from tests.integration.node.test_demo import number_at
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer, watch
from tests.support.streams import stream_config
from tests.support.waiting import until

ON_LOOPBACK = {"webrtc_addresses": ("127.0.0.1",)}
B_FRAMES = ("-c:v", "libx264", "-bf", "2", "-g", "30", "-pix_fmt", "yuv420p")
HIGH = ("-c:v", "libx264", "-bf", "0", "-g", "30", "-pix_fmt", "yuv420p", "-profile:v", "high")


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A node with the demo stream, which holds a keyframe."""
    home = tmp_path_factory.mktemp("node") / "home"
    async with run_node(isolated_settings(home, still_workers=1, **ON_LOOPBACK)) as running:
        await running.run_streams(stream_config())
        await running.until_held(2.5)
        yield running


@pytest.fixture
async def demo(node: Running) -> AsyncIterator[Running]:
    """The node, which nobody watches yet."""
    yield node
    await until(lambda: len(node.node.peers) == 0)


def broadcast(running: Running, stream_id: str = "stream_a") -> Broadcast:
    return running.node._state.whep.broadcast(stream_id)


def held_between(running: Running, first: int, last: int) -> list[int]:
    """Return the numbers of the frames that the node has got: on a busy machine not all."""
    held = (number_at(us) for us in running.frames())
    return [number for number in held if first <= number <= last]


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_a_viewer_sees_every_frame_and_hears(demo: Running) -> None:
    async with watch(demo.viewer) as watcher:
        numbers = await watcher.until_seen(60)
        assert numbers == held_between(demo, numbers[0], numbers[-1])
        await until(lambda: watcher.sounds > 20)
        assert (await demo.status()).viewers == 1


async def test_who_joins_late_begins_at_the_keyframe_that_is_held(node_settings: Settings) -> None:
    async with run_node(node_settings.model_copy(update=ON_LOOPBACK)) as running:
        await running.run_streams(stream_config())
        await running.until_held(1)
        stream = running.node.registry.get("stream_a")
        keys = stream.stream.ring.video.chunks
        await until(lambda: len(keys[-1]) > 20)
        assert stream.source is not None
        stream.source.stop()  # no other keyframe comes
        async with watch(running.viewer) as late:
            numbers = await late.until_seen(3)
            assert numbers[0] == round(keys[-1].start_us * 30 / 1e6) & 0xFFFFFFFF


@pytest.mark.parametrize("loss", [0.02, 0.10])
async def test_lost_packets_are_sent_again(demo: Running, loss: float) -> None:
    before = broadcast(demo).total().resent
    async with watch(demo.viewer, loss=loss) as watcher:
        for count in range(90, 900, 60):  # on a busy machine some come too late at times
            numbers = (await watcher.until_seen(count))[-90:]
            sent = held_between(demo, numbers[0], numbers[-1])
            if len(set(numbers)) > 0.9 * len(sent):
                break
        assert len(set(numbers)) > 0.9 * len(sent)
        assert watcher.dropped > 0
        assert broadcast(demo).total().resent > before


async def test_the_clock_says_which_instant_a_frame_is(demo: Running) -> None:
    async with watch(demo.viewer) as watcher:
        await watcher.until_seen(10)
        rtp, utc_us = map(int, watcher.answer.headers["x-moments-clock"].split("="))
        track = broadcast(demo).video
        unit = track.newest
        assert unit is not None
        ahead = ((unit.timestamp - rtp + 2**31) & 0xFFFFFFFF) - 2**31
        instant = utc_us - (-ahead * 100) // 9
        assert 0 <= instant - unit.pts_us < 12
        still, _ = await demo.still(at_us=instant)
        assert still.at_us == unit.pts_us
        again = (await demo.viewer.get("/whep/stream_a/clock")).json()["video"]
        gone = ((again["rtp"] - rtp + 2**31) & 0xFFFFFFFF) - 2**31
        assert gone * 100 == (again["utc_us"] - utc_us) * 9


async def test_delete_ends_a_session_and_all_that_belongs_to_it(demo: Running) -> None:
    async with watch(demo.viewer) as watcher:
        await watcher.until_seen(5)
        assert (await demo.viewer.delete(watcher.location)).status_code == 200
        assert not broadcast(demo).viewers
        assert (await demo.viewer.delete(watcher.location)).status_code == 404
    assert (await demo.status()).viewers == 0
    assert broadcast(demo).video.newest is None


async def test_a_viewer_who_leaves_is_noticed(demo: Running) -> None:
    async with watch(demo.viewer) as watcher:
        await watcher.until_seen(5)
    await until(lambda: not broadcast(demo).viewers)


async def test_the_token_is_as_for_hls(node_settings: Settings) -> None:
    async with run_node(node_settings.model_copy(update=ON_LOOPBACK)) as running:
        await running.run_streams(stream_config(visibility="organization"))
        await running.until_held(1)
        keyring = load_keyring(running.settings)
        refused = await running.viewer.post("/whep/stream_a", content="v=0", headers=SDP)
        assert code(refused) == (404, "not_found")
        wrong = keyring.sign("viewer", {"sub": "stream_b"}, 60)
        refused = await running.viewer.post(f"/whep/stream_a/t/{wrong}", content="", headers=SDP)
        assert code(refused) == (401, "unauthenticated")
        right = keyring.sign("viewer", {"sub": "stream_a"}, 60)
        async with watch(running.viewer, f"/whep/stream_a/t/{right}") as watcher:
            await watcher.until_seen(3)
            assert watcher.location.startswith(f"/whep/stream_a/t/{right}/peer_")


@pytest.mark.ffmpeg
async def test_b_frames_are_refused_with_the_way_out(
    node_settings: Settings, tmp_path: Path, web: Web
) -> None:
    make_film(tmp_path / "b.ts", *B_FRAMES, *AAC, seconds=20)
    body = (tmp_path / "b.ts").read_bytes()
    web.handlers["/live"] = lambda request: request.answer(body)
    async with run_node(node_settings.model_copy(update=ON_LOOPBACK)) as running:
        await running.run_streams(stream_config(url=f"{web.url}/live"))
        await running.until_held(2)
        connection = new_connection(LOOPBACK)
        answer = await running.viewer.post(
            "/whep/stream_a", content=await offer(connection), headers=SDP
        )
        await connection.close()
        assert code(answer) == (415, "b_frames")
        assert "HLS" in answer.json()["error"]


@pytest.mark.ffmpeg
async def test_b_frames_are_transcoded_once_for_all_where_the_operator_wants_it(
    node_settings: Settings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "b.mp4", *B_FRAMES, *AAC, seconds=20)
    values = {**ON_LOOPBACK, "whep_transcode": True}
    async with run_node(node_settings.model_copy(update=values)) as running:
        await running.run_streams(stream_config(url=film.as_uri()))
        await running.until_held(2)
        async with watch(running.viewer) as first, watch(running.viewer) as second:
            await asyncio.gather(first.until_seen(60), second.until_seen(60))
            await until(lambda: first.sounds > 20)
            assert transcoding() == 1
            # What was seen is the source's own frame: the same instant, but for rounding.
            unit = broadcast(running).video.newest
            assert unit is not None
            assert min(abs(pts_us - unit.pts_us) for pts_us in running.frames()) < 100
            units = units_of(broadcast(running))
            assert [unit.pts_us for unit in units] == sorted(unit.pts_us for unit in units)
        await until(lambda: not transcoding())
        async with watch(running.viewer) as again:
            await again.until_seen(10)
        await until(lambda: not transcoding())


@pytest.mark.ffmpeg
async def test_a_stream_that_begins_to_have_b_frames_goes_on(
    node_settings: Settings, tmp_path: Path, web: Web
) -> None:
    for name, kind in (("plain", HIGH), ("b", B_FRAMES)):
        make_film(tmp_path / f"{name}.ts", *kind, *AAC, seconds=20)
    web.folder(tmp_path)
    values = {**ON_LOOPBACK, "whep_transcode": True}
    async with run_node(node_settings.model_copy(update=values)) as running:
        await running.run_streams(stream_config(url=f"{web.url}/plain.ts"))
        await running.until_held(2)
        async with watch(running.viewer) as watcher:
            await watcher.until_seen(30)
            assert not transcoding()
            await running.run_streams(stream_config(url=f"{web.url}/b.ts"))
            await until(lambda: transcoding() == 1)
            await watcher.until_seen(len(watcher.numbers) + 60)


def transcoding() -> int:
    return sum(thread.name.startswith("transcode-") for thread in threading.enumerate())


def units_of(broadcast: Broadcast) -> list[RtpUnit]:
    track = broadcast.video
    return [track.unit(number) for number in range(track.first, track.stop)]


@pytest.mark.ffmpeg
async def test_high_profile_is_answered_with_the_viewers_own_type(
    node_settings: Settings, tmp_path: Path, web: Web
) -> None:
    make_film(tmp_path / "high.ts", *HIGH, *AAC, seconds=20)
    body = (tmp_path / "high.ts").read_bytes()
    web.handlers["/live"] = lambda request: request.answer(body)
    async with run_node(node_settings.model_copy(update=ON_LOOPBACK)) as running:
        await running.run_streams(stream_config(url=f"{web.url}/live"))
        await running.until_held(2)
        connection = new_connection(LOOPBACK)
        text = await offer(connection)
        only_high = "\r\n".join(line.replace("42e01f", "64001f") for line in text.split("\r\n"))
        answer = await running.viewer.post("/whep/stream_a", content=only_high, headers=SDP)
        await connection.close()
        assert answer.status_code == 201
        assert "profile-level-id=64001f" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("v=0", 400),
        ("hello", 400),
        ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:nonsense\r\n", 400),
        ("v=0\r\n" + "a=" + "x" * 70_000, 413),
    ],
)
async def test_what_is_no_offer_gets_a_clear_refusal(demo: Running, body: str, status: int) -> None:
    answer = await demo.viewer.post("/whep/stream_a", content=body, headers=SDP)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_offers_that_are_damaged_anywhere_never_break_the_node(demo: Running) -> None:
    connection = new_connection(LOOPBACK)
    text = await offer(connection)
    await connection.close()
    chance = random.Random(7)
    lines = text.split("\r\n")
    for _ in range(60):
        damaged = lines.copy()
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(1, len(damaged) - 1)
            cut = chance.randrange(len(damaged[at]) + 1)
            damaged[at] = damaged[at][:cut] + chance.choice(["", "\x01", "999999", ":", " x"])
        answer = await demo.viewer.post("/whep/stream_a", content="\r\n".join(damaged), headers=SDP)
        assert answer.status_code in {201, 400, 415}, answer.text
        if answer.status_code == 201:
            await demo.viewer.delete(answer.headers["location"])


async def test_no_h264_no_stream_no_session(demo: Running) -> None:
    connection = new_connection(LOOPBACK)
    text = await offer(connection)
    await connection.close()
    blind = text.replace("H264/90000", "H265/90000")
    answer = await demo.viewer.post("/whep/stream_a", content=blind, headers=SDP)
    assert code(answer) == (415, "codec")
    answer = await demo.viewer.post("/whep/stream_zzz", content=text, headers=SDP)
    assert code(answer) == (404, "not_found")
    answer = await demo.viewer.delete("/whep/stream_a/peer_" + "0" * 32)
    assert code(answer) == (404, "not_found")


async def test_a_flood_at_one_viewers_port_is_not_felt_by_another(demo: Running) -> None:
    async with watch(demo.viewer) as flooded, watch(demo.viewer) as other:
        await asyncio.gather(flooded.until_seen(5), other.until_seen(5))
        port = _node_port(flooded.answer.text)
        stun = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)
        seen = len(other.numbers)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hostile:
            for _ in range(40):
                for _ in range(50):
                    hostile.sendto(stun, ("127.0.0.1", port))
                    hostile.sendto(random.randbytes(200), ("127.0.0.1", port))
                await asyncio.sleep(0.02)
        await other.until_seen(seen + 30)
        fresh = [number for number in other.numbers[seen:] if number is not None]
        assert fresh == held_between(demo, fresh[0], fresh[-1])


def _node_port(answer: str) -> int:
    line = next(line for line in answer.splitlines() if line.startswith("a=candidate:"))
    return int(line.split()[5])


async def test_the_slower_way_plays_too(node_settings: Settings) -> None:
    async with run_node(node_settings.model_copy(update=ON_LOOPBACK)) as running:
        running.node._state.whep.way = "aiortc"
        await running.run_streams(stream_config())
        await running.until_held(1)
        async with watch(running.viewer) as watcher:
            numbers = await watcher.until_seen(30)
            assert numbers == held_between(running, numbers[0], numbers[-1])
            await until(lambda: watcher.sounds > 5)
            assert (await running.status()).viewers == 1
        await until(lambda: broadcast(running).others == 0)
