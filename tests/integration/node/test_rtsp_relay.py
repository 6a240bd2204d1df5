"""Whatever an RTSP camera answers, the node connects only to checked addresses."""

import asyncio
import itertools
import re
import ssl
import subprocess
from collections.abc import AsyncIterator

import av
import pytest

from media_server.ingest.http_io import HttpOpener
from media_server.ingest.opening import open_source
from media_server.ingest.reasons import SourceError, explain
from tests.integration.node.scripted_camera import (
    Asked,
    Camera,
    Canary,
    policy_for,
    redirect,
    reply,
)

_POLICY = policy_for("camera.test", "second.test")


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    async with Camera().running() as camera:
        yield camera


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with Canary().running() as canary:
        yield canary


def _pull(url: str) -> SourceError | None:
    """Read a few packets; return why that cannot be done."""
    try:
        with open_source(url, _POLICY, HttpOpener(_POLICY.fetcher)) as opened:
            packets = opened.packets()
            for _ in range(20):
                next(packets)
    except (SourceError, av.FFmpegError) as error:
        return explain(error)
    return None


async def _pulled(camera: Camera, rest: str = "/cam", *, user: str = "") -> str:
    """Pull from a camera; return why that cannot be done, or nothing."""
    url = f"rtsp://{user}camera.test:{camera.port}{rest}"
    reason = await asyncio.to_thread(_pull, url)
    return reason.message if reason else ""


async def test_a_camera_plays_over_one_connection(camera: Camera) -> None:
    assert not await _pulled(camera)
    assert camera.connections == 1
    asked = [(asked.method, asked.url) for asked in camera.asked[:4]]
    url = f"rtsp://camera.test:{camera.port}/cam"
    track = f"{url}/track1"
    assert asked == [("OPTIONS", url), ("DESCRIBE", url), ("SETUP", track), ("PLAY", url)]


async def test_a_camera_that_sends_only_by_udp_plays(camera: Camera) -> None:
    camera.speaks = frozenset({"udp"})
    assert not await _pulled(camera)
    transports = [each.fields["Transport"] for each in camera.asked if each.method == "SETUP"]
    assert "TCP" in transports[0]
    assert re.fullmatch(r"RTP/AVP;unicast;client_port=\d+-\d+", transports[1])


def _steps(url: str, count: int) -> list[int]:
    """Return by how many packets each packet is after the one before."""
    with open_source(url, _POLICY, HttpOpener(_POLICY.fetcher)) as opened:
        # libav guesses the time of the first.
        packets = itertools.islice(opened.packets(), 2, count)
        times = [item.packet.pts or 0 for item in packets]
    return [(after - before) // 160 for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize("swaps", [1, 3, 7])
async def test_packets_that_udp_swaps_are_not_lost(camera: Camera, swaps: int) -> None:
    camera.speaks, camera.swaps = frozenset({"udp"}), swaps
    url = f"rtsp://camera.test:{camera.port}/cam"
    assert set(await asyncio.to_thread(_steps, url, 100)) == {1}


async def test_a_packet_that_udp_lost_holds_nothing_up_for_long(camera: Camera) -> None:
    camera.speaks, camera.swaps, camera.loses = frozenset({"udp"}), 1, 25
    url = f"rtsp://camera.test:{camera.port}/cam"
    steps = await asyncio.to_thread(_steps, url, 100)
    assert steps.count(2) == sum(step > 1 for step in steps) in {3, 4, 5}


@pytest.mark.parametrize("status", ["301", "302", "305"])
@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"])
async def test_a_redirect_to_this_machine_is_refused(
    camera: Camera, canary: Canary, method: str, status: str
) -> None:
    assert not await _pulled(camera)  # whoever looks once sees a camera like any other
    answer = redirect(status, f"rtsp://127.0.0.1:{canary.port}/x")
    camera.script = lambda asked: answer if asked.method == method else None
    assert "redirects" in await _pulled(camera)
    assert canary.touched == []


@pytest.mark.parametrize(
    "location", ["http://camera.test/", "rtmp://camera.test/a/b", "file:///etc/passwd", "", "/cam"]
)
async def test_a_redirect_to_no_camera_or_in_a_circle_is_refused(
    camera: Camera, location: str
) -> None:
    camera.script = lambda _asked: redirect("302", location)
    assert "redirects" in await _pulled(camera)
    assert camera.connections <= 6


async def test_a_redirect_to_an_allowed_camera_is_followed_without_the_login(
    camera: Camera,
) -> None:
    async with Camera().running() as second:
        target = redirect("302", f"rtsp://second.test:{second.port}/live")
        basic = reply("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')

        def script(asked: Asked) -> str:
            return target if "Authorization" in asked.fields else basic

        camera.script = script
        assert not await _pulled(camera, user="me:secret@")
        assert second.asked[0].url == f"rtsp://second.test:{second.port}/live"
        assert not any("Authorization" in asked.fields for asked in second.asked)
        second.script = lambda _asked: basic
        assert "second.test" in await _pulled(camera, user="me:secret@")


@pytest.mark.parametrize("option", ["udp", "http", "multicast", "tcp&udp"])
async def test_libavs_options_in_an_address_open_no_other_way(
    camera: Camera, canary: Canary, option: str
) -> None:
    ports = f"{canary.port}-{canary.port}"
    camera.transport = f"RTP/AVP;unicast;source=127.0.0.1;server_port={ports}"
    assert await _pulled(camera, f"/cam?{option}&channel=1")
    assert camera.methods()[:3] == ["OPTIONS", "DESCRIBE", "SETUP"]
    assert "PLAY" not in camera.methods()
    assert camera.asked[0].url.endswith("/cam?channel=1")
    assert canary.touched == []


async def test_an_absolute_control_address_stays_on_the_connection(
    camera: Camera, canary: Canary
) -> None:
    camera.control = f"rtsp://127.0.0.1:{canary.port}/track1"
    camera.address = "127.0.0.1"
    assert not await _pulled(camera)
    assert camera.asked[2].url == camera.control
    assert canary.touched == []


async def test_a_cameras_own_requests_are_answered_and_not_obeyed(
    camera: Camera, canary: Canary
) -> None:
    location = f"rtsp://127.0.0.1:{canary.port}/"
    camera.own_requests = (
        f"REDIRECT * RTSP/1.0\r\nCSeq: 9\r\nLocation: {location}\r\n\r\n",
        "OPTIONS * RTSP/1.0\r\nCSeq: 10\r\n\r\n",
    )
    assert not await _pulled(camera)
    assert camera.answered == ["RTSP/1.0 501 Not Implemented", "RTSP/1.0 200 OK"]
    assert canary.touched == []


@pytest.mark.parametrize("status", [401, 404, 461, 500])
async def test_why_a_camera_does_not_play_is_said(camera: Camera, status: int) -> None:
    camera.script = lambda _asked: reply(f"{status} No")
    words = {
        401: "needs a password",
        404: "no such stream",
        461: "461 Unsupported",
        500: "error 500 (No)",
    }
    assert words[status] in await _pulled(camera)
    assert camera.connections == 1


async def test_what_is_no_camera_says_so(camera: Camera) -> None:
    camera.script = lambda _asked: reply("200 OK", "x" * 100_000)
    assert "does not speak RTSP" in await _pulled(camera)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What a camera with a certificate of its own making speaks."""
    key, certificate = (tmp_path_factory.mktemp("tls") / name for name in ("key", "certificate"))
    command = ["openssl", "req", "-x509", "-subj", "/CN=camera", "-days", "1", "-nodes"]
    command += ["-newkey", "rsa:2048", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_camera_over_tls_plays_and_cannot_redirect_either(
    canary: Canary, tls: ssl.SSLContext
) -> None:
    async with Camera().running(tls) as camera:
        url = f"rtsps://camera.test:{camera.port}/cam"
        assert await asyncio.to_thread(_pull, url) is None
        camera.script = lambda _asked: redirect("302", f"rtsp://127.0.0.1:{canary.port}/x")
        reason = await asyncio.to_thread(_pull, url)
        assert reason is not None
        assert "redirects" in reason.message
        assert canary.touched == []


async def test_a_server_without_tls_is_no_answer(canary: Canary) -> None:
    reason = await asyncio.to_thread(_pull, f"rtsps://camera.test:{canary.port}/cam")
    assert reason is not None
    assert "did not answer" in reason.message


@pytest.mark.parametrize("scheme", ["tcp", "rtmp"])
async def test_a_playlist_over_tcp_leads_nowhere(canary: Canary, scheme: str) -> None:
    text = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ntcp://127.0.0.1:{canary.port}/x.m3u8\n"

    def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await asyncio.to_thread(_pull, f"{scheme}://camera.test:{port}/x.m3u8") is not None
    server.close()
    assert canary.touched == []
