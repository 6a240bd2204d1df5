"""RTMP publishers: real ffmpeg, and hostile peers."""

import asyncio
import contextlib
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.live.nodes import Node as KnownNode
from domain.live.urls import publish_key
from tests.conftest import command, isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.rtmp_client import connected
from tests.integration.node.sources import AAC, H264, free_port, make_film
from tests.support.streams import stream_config
from tests.support.waiting import until

B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-bf", "2", "-pix_fmt", "yuv420p")


@pytest.fixture
def rtmp_settings(tmp_path: Path) -> Settings:
    return isolated_settings(
        tmp_path / "home", rtmp_port=free_port(), rtmp_host="127.0.0.1", still_workers=1
    )


@pytest.fixture
async def node(rtmp_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(rtmp_settings) as running:
        await running.run_streams(
            stream_config(kind="push"), stream_config("stream_b", kind="push")
        )
        await until(lambda: listens(rtmp_settings.rtmp_port))
        yield running


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def key_of(running: Running, stream_id: str = "stream_a") -> str:
    return publish_key(load_keyring(running.settings), stream_id, 1)


def url_of(running: Running, key: str | None = None) -> str:
    return f"rtmp://127.0.0.1:{running.settings.rtmp_port}/live/{key or key_of(running)}"


@contextlib.asynccontextmanager
async def published(film: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Publish a film in a loop, as ffmpeg does it, without encoding it again."""
    process = await asyncio.create_subprocess_exec(
        *(command("ffmpeg"), "-v", "error", "-nostdin", "-re", "-stream_loop", "-1"),
        *("-i", str(film), "-c", "copy", "-f", "flv", url),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.mark.ffmpeg
@pytest.mark.parametrize("codec", [H264, B_FRAMES], ids=["plain", "b-frames"])
async def test_a_clip_of_what_ffmpeg_publishes_is_exact_to_the_frame(
    node: Running, tmp_path: Path, codec: tuple[str, ...]
) -> None:
    film = make_film(tmp_path / "film.mp4", *codec, *AAC, seconds=20)
    async with published(film, url_of(node)):
        status = await node.until_held(4)
        assert status.status == "live"
        assert status.video is not None
        assert (status.video.width, status.video.height) == (320, 180)
        assert status.audio is not None
        assert status.window is not None
        start = status.window.start_us + 1_110_000
        meta, body = await node.cut(start_us=start, end_us=start + 2_000_000)
    assert meta.has_audio
    assert abs(meta.start_us - start) <= 33_334
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(body)
    ours, theirs = pictures(clip), pictures(film)
    first = theirs.index(ours[0])
    assert ours == theirs[first : first + len(ours)]
    assert len(ours) in {60, 61}
    status = await node.status()
    assert (status.corrupt_packets, status.dropped_packets) == (0, 0)


@pytest.mark.ffmpeg
async def test_a_picture_alone_and_sound_alone_go_live(node: Running, tmp_path: Path) -> None:
    silent = make_film(tmp_path / "silent.mp4", *H264, tone=False)
    sound = make_film(tmp_path / "sound.mp4", "-vn", *AAC, seconds=20)
    async with (
        published(silent, url_of(node)),
        published(sound, url_of(node, key_of(node, "stream_b"))),
    ):
        first = await node.until_held(1)
        second = await node.until_held(1, "stream_b")
    assert first.video is not None
    assert first.audio is None
    assert second.video is None
    assert second.audio is not None


@pytest.mark.ffmpeg
async def test_all_that_is_kept_can_be_played_once_the_publisher_has_ended(
    node: Running, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", *H264, *AAC)
    async with published(film, url_of(node)):
        await node.until_held(3)
    await node.until_status("offline")
    status = await node.status()
    assert status.window is not None
    playlist = (await node.viewer.get("/hls/stream_a/media.m3u8")).text
    played = sum(float(length) for length in re.findall(r"#EXTINF:([\d.]+)", playlist))
    held = (status.window.end_us - status.window.start_us) / 1_000_000
    assert played == pytest.approx(held, abs=0.001)
    *_, newest = re.findall(r"seg-(\d+)\.m4s", playlist)
    assert f"seg-{newest}.m4s" in playlist.splitlines()  # it has an end, though none began after it
    assert (await node.viewer.get(f"/hls/stream_a/seg-{newest}.m4s")).status_code == 200

    coming = f"/hls/stream_a/media.m3u8?_HLS_msn={int(newest) + 1}&_HLS_part=0"
    ended = await node.viewer.get(coming)
    assert ended.status_code == 200
    assert ended.text.endswith("#EXT-X-ENDLIST\n")
    async with published(film, url_of(node)):
        await node.until_status("live")
        went_on = (await node.viewer.get(coming)).text
    assert "#EXT-X-ENDLIST" not in went_on
    assert went_on.count("#EXT-X-DISCONTINUITY\n") == 1


@pytest.mark.ffmpeg
async def test_ffmpeg_says_why_it_was_refused(node: Running, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", *H264)
    for key in ("pk_a_" + "x" * 32, "pk_elsewhere_" + "x" * 32, "nonsense"):
        async with published(film, url_of(node, key)) as process:
            _, said = await process.communicate()
            assert b"This publish key belongs to no stream here" in said
    assert (await node.status()).status == "offline"


@pytest.mark.ffmpeg
async def test_a_second_publisher_is_refused_or_takes_over(node: Running, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", *H264)
    async with published(film, url_of(node)) as first:
        await node.until_held(1)
        async with connected(node.settings.rtmp_port) as second:
            status = await second.publish(key_of(node))
            assert status["code"] == "NetStream.Publish.BadName"
            assert "already" in str(status["description"])
        assert first.returncode is None
    settings = node.settings.model_copy(
        update={
            "second_publisher": "takeover",
            "home": tmp_path / "second",
            "rtmp_port": free_port(),
        }
    )
    async with run_node(settings) as other:
        await other.run_streams(stream_config(kind="push"))
        await until(lambda: listens(settings.rtmp_port))
        async with published(film, url_of(other)) as first:
            await other.until_held(1)
            async with published(film, url_of(other)):
                _, _said = await asyncio.wait_for(first.communicate(), 120)
                await other.until_status("live")
    assert first.returncode != 0


@pytest.mark.ffmpeg
async def test_a_silent_publisher_is_offline_after_5_s_and_may_come_back(
    node: Running, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", *H264, *AAC)
    async with published(film, url_of(node)) as process:
        await node.until_held(1)
        os.kill(process.pid, signal.SIGSTOP)
        status = await node.until_status("offline")
        assert "The publisher is connected but sends nothing." in (status.error or "")
        os.kill(process.pid, signal.SIGCONT)
        await node.until_status("live")
    await node.until_status("offline")
    before = (await node.status()).discontinuities
    async with published(film, url_of(node)):
        await node.until_status("live")
    assert (await node.status()).discontinuities == before + 1


async def test_codecs_that_are_not_taken_are_named(node: Running) -> None:
    sent = {
        "HEVC (H.265)": (9, b"\x90hvc1" + bytes(20)),
        "AV1": (9, b"\x90av01" + bytes(20)),
        "Sorenson H.263": (9, b"\x12" + bytes(20)),
        "MP3": (8, b"\x2f" + bytes(20)),
        "AAC with 6 channels": (8, b"\xaf\x00" + bytes([0x11, 0xB0])),
    }
    for name, (kind, body) in sent.items():
        async with connected(node.settings.rtmp_port) as client:
            assert (await client.publish(key_of(node)))["code"] == "NetStream.Publish.Start"
            client.send(kind, body)
            status = await client.status()
            assert (status["level"], status["code"]) == ("error", "NetStream.Publish.Rejected")
            assert name in str(status["description"])
            await client.closed()


async def test_another_application_is_refused_with_an_error(node: Running) -> None:
    async with connected(node.settings.rtmp_port) as client:
        await client.greet()
        client.command("connect", 1, {"app": "vod"})
        info = (await client.answer("_error"))[3]
        assert isinstance(info, dict)
        assert info["code"] == "NetConnection.Connect.Rejected"
        await client.closed()


@pytest.mark.ffmpeg
async def test_hostile_peers_are_closed_and_nobody_else_notices(
    node: Running, tmp_path: Path
) -> None:
    port = node.settings.rtmp_port
    film = make_film(tmp_path / "film.mp4", *H264, *AAC)
    async with published(film, url_of(node)):
        await node.until_held(1)
        async with connected(port) as garbage:
            garbage.writer.write(os.urandom(4096).replace(b"\x03", b"\x04"))
            await garbage.closed()
        async with connected(port) as oversized:
            await oversized.greet()
            oversized.writer.write(bytes([3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 20, 0, 0, 0, 0]))
            await oversized.closed()
        async with connected(port) as chatty:
            await chatty.greet()
            for number in range(200):
                chatty.command("createStream", number, None)
            await chatty.closed()
        async with connected(port) as damaged:
            await damaged.publish(key_of(node, "stream_b"))
            for number in range(600):
                damaged.send(9, b"\x17\x00\x00\x00\x00" + os.urandom(30), ms=number)
            await damaged.closed()
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for reader, writer in slow:
            writer.write(b"\x03")
            assert await asyncio.wait_for(reader.read(1), 120) == b""
            writer.close()
        status = await node.status()
    assert status.status == "live"
    assert (status.corrupt_packets, status.dropped_packets, status.discontinuities) == (0, 0, 0)


async def test_a_replaced_key_ends_who_publishes_by_it(node: Running) -> None:
    async with connected(node.settings.rtmp_port) as client:
        await client.publish(key_of(node))
        await node.run_streams(stream_config(kind="push", publish_key_version=2))
        assert "key" in str((await client.status())["description"])
        await client.closed()


async def test_a_taken_port_is_no_reason_to_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = isolated_settings(tmp_path / "home", rtmp_port=port, rtmp_host="127.0.0.1")
        async with run_node(settings) as running:
            await running.run_streams(stream_config(kind="demo"))
            await running.until_status("live")
            taken.close()
            await until(lambda: listens(port))  # it is tried again and again


async def test_nodes_of_a_home_share_the_port_and_pass_publishers_on(
    rtmp_settings: Settings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", *H264, *AAC)
    names = [rtmp_settings.model_copy(update={"media_name": name}) for name in ("one", "two")]
    async with run_node(names[0]) as one, run_node(names[1]) as two:
        await one.run_streams(stream_config(kind="push"))
        await two.run_streams()
        await until(lambda: listens(rtmp_settings.rtmp_port))
        two.directory.elsewhere["stream_a"] = known(one)
        # Which of them a connection comes to is the kernel's choice: ask the wrong one for certain.
        private = two.node.rtmp.server
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(0)
        await private.listen(listener)
        url = f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live/"
        async with published(film, url + key_of(one)) as process:
            status = await one.until_held(3)
            assert status.status == "live"
            assert process.returncode is None
            await one.run_streams()
            assert await asyncio.wait_for(process.wait(), 120) != 0  # both sides end together
        async with published(film, url + "pk_a_" + "x" * 32) as process:
            await process.communicate()
            assert process.returncode != 0


async def test_viewers_at_the_wrong_node_are_sent_to_the_right_one(
    rtmp_settings: Settings, tmp_path: Path
) -> None:
    settings = rtmp_settings.model_copy(update={"rtmp_port": 0})
    direct = settings.model_copy(update={"media_name": "d", "media_url": "http://media.example"})
    async with run_node(settings) as one, run_node(direct) as two:
        await one.run_streams(stream_config(kind="demo"))
        for running in (one, two):
            running.directory.elsewhere = {"stream_z": known(two), "stream_a": known(one)}
        moved = await two.viewer.get("/hls/stream_a/media.m3u8?_HLS_msn=3")
        assert moved.status_code == 307
        expected = f"{settings.origin}/media/hls/stream_a/media.m3u8?_HLS_msn=3"
        assert moved.headers["location"] == expected
        assert moved.headers["access-control-allow-origin"] == "*"
        for path in ("/whip/stream_z", "/whep/stream_z"):
            sent = await one.viewer.post(path, content=b"v=0")
            assert sent.status_code == 307
            assert sent.headers["location"] == f"http://media.example{path}"
        assert (await two.viewer.get("/hls/stream_q/index.m3u8")).status_code == 404
        two.directory.elsewhere["stream_q"] = known(one, media_url=None)
        one.directory.elsewhere["stream_q"] = known(two, media_url=None)
        again = await one.viewer.get("/hls/stream_q/index.m3u8")
        assert (again.status_code, again.headers["retry-after"]) == (503, "1")


def known(running: Running, **values: object) -> KnownNode:
    addresses = running.node.addresses
    fields = {
        "id": running.node.id,
        "control_url": addresses.control_url,
        "media_url": addresses.media_url,
        "public_url": addresses.public_url,
        "heartbeat_at": datetime.now(UTC),
        "is_alive": True,
        "rtmp_address": addresses.rtmp_address,
    }
    return KnownNode(**{**fields, **values})  # type: ignore[arg-type]
