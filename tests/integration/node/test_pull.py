"""Pulls of real sources through a whole node: good, broken, and hostile."""

import contextlib
import hashlib
import io
import itertools
import re
import shutil
import threading
import time
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from domain.core.settings import Settings
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.opening import open_source
from media_server.ingest.reasons import SourceError
from media_server.node import sources
from tests.conftest import command
from tests.integration.node.conftest import Running
from tests.integration.node.sources import (
    AAC,
    H264,
    Request,
    RtspServer,
    Web,
    ffmpeg,
    free_port,
    make_film,
)
from tests.support.streams import stream_config
from tests.support.waiting import until

pytestmark = pytest.mark.ffmpeg


def decoded(film: bytes) -> int:
    """Return how many frames decode; anything wrong raises."""
    with av.open(io.BytesIO(film), "r") as container:
        return len(list(container.decode(video=0)))


async def clip_plays(running: Running, seconds: float = 2) -> None:
    await running.until_held(seconds + 1)
    about, film = await running.cut(last_ms=int(seconds * 1000))
    assert about.has_video
    assert decoded(film) >= seconds * 20


async def test_a_file_loops_without_a_seam(running: Running, films: Path, tmp_path: Path) -> None:
    film = make_film(tmp_path / "short.mp4", *H264, *AAC, seconds=2)
    await running.run_streams(stream_config(url=film.as_uri()))
    status = await running.until_held(5)
    assert status.status == "live"
    assert status.discontinuities == 0
    assert status.dropped_packets == 0
    assert status.window is not None
    about, body = await running.cut(last_ms=4000)
    assert (about.complete, about.has_audio) == (True, True)
    with av.open(io.BytesIO(body), "r") as container:
        times = [frame.pts for frame in container.decode(video=0) if frame.pts is not None]
    steps = {b - a for a, b in pairwise(times)}
    assert max(steps) - min(steps) <= 2  # ticks of 1/90000 s


async def test_mpegts_over_http(running: Running, films: Path, web: Web) -> None:
    web.handlers["/live"] = lambda request: request.answer((films / "film.ts").read_bytes())
    await running.run_streams(stream_config(url=f"{web.url}/live"))
    await clip_plays(running)
    assert (await running.status()).audio is not None


@pytest.mark.parametrize(
    ("path", "requests"), [("/mjpeg", 1), ("/shot.jpg", 3)], ids=["multipart", "one-image"]
)
def test_cameras_that_send_jpeg_images(
    node_settings: Settings, web: Web, path: str, requests: int
) -> None:
    image = Image.effect_noise((64, 48), 90).convert("RGB")
    shot = io.BytesIO()
    image.save(shot, "JPEG")

    def multipart(request: Request) -> None:
        request.begin("multipart/x-mixed-replace; boundary=x")
        for _ in range(3):
            request.inner.wfile.write(b"--x\r\nContent-Type: image/jpeg\r\n\r\n" + shot.getvalue())

    web.handlers["/mjpeg"] = multipart
    web.handlers["/shot.jpg"] = lambda request: request.answer(
        shot.getvalue(), Content_Type="image/jpeg"
    )
    policy = sources(node_settings).policy
    with open_source(web.url + path, policy, HttpOpener(policy.fetcher)) as opened:
        packets = [packet for _, packet in itertools.islice(opened.packets(), 3)]
    assert [bytes(packet) for packet in packets] == [shot.getvalue()] * 3
    assert len(web.asked) == requests
    assert (opened.is_untimed, opened.is_paced) == (True, False)


def _digest_of(request: Request, path: str) -> str:
    sent = request.inner.headers.get("Authorization", "")
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', sent))

    def hashed(*parts: str) -> str:
        return hashlib.sha256(":".join(parts).encode()).hexdigest()

    qop = said.get("qop", "")
    second = hashed("GET", path, *([hashed("")] if qop == "auth-int" else []))
    middle = (said.get("nc", ""), said.get("cnonce", ""), qop, second)
    right = hashed(hashed("me", "cam", "p@ss"), "n", *middle)
    return "right" if said.get("response") == right else "wrong" if "Digest" in sent else "none"


@pytest.mark.parametrize("qop", ["auth", "auth-int"])
@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("me:p%40ss@", ""),
        ("me:no@", "Wrong user name or password."),
        ("", "The source needs a password. Include it in the URL."),
    ],
)
def test_cameras_that_ask_for_digest_over_http(
    node_settings: Settings, web: Web, user: str, why: str, qop: str
) -> None:
    def shot(request: Request) -> None:
        if _digest_of(request, "/shot?ch=1") == "right":
            request.answer(b"\xff\xd8\xff\xd9", Content_Type="image/jpeg")
        else:
            challenge = f'Digest realm="cam", nonce="n", qop="{qop}", algorithm=SHA-256'
            request.answer(b"", 401, WWW_Authenticate=challenge)

    web.handlers["/shot"] = shot
    policy = sources(node_settings).policy
    url = web.url.replace("//", f"//{user}") + "/shot?ch=1"
    said = ""
    try:
        with open_source(url, policy, HttpOpener(policy.fetcher)) as opened:
            assert next(opened.packets()).packet.size
    except SourceError as error:
        said = error.message
    assert said == why
    assert len(web.asked) == (2 if user else 1)


def test_other_images_are_refused_in_words(node_settings: Settings, web: Web) -> None:
    is_left = threading.Event()

    def endless(request: Request) -> None:
        request.begin("image/png")
        with contextlib.suppress(OSError):
            while True:
                request.inner.wfile.write(bytes(65536))
        is_left.set()

    web.handlers["/shot.png"] = endless
    policy = sources(node_settings).policy
    with (
        pytest.raises(SourceError, match=r"image/png\. Only JPEG") as caught,
        open_source(f"{web.url}/shot.png", policy, HttpOpener(policy.fetcher)),
    ):
        pass
    assert is_left.wait(20)  # the connection ends with the attempt, not with the error
    del caught


async def test_hls_with_nested_playlists_redirects_and_keys(
    running: Running, films: Path, web: Web, tmp_path: Path
) -> None:
    key = tmp_path / "key.bin"
    key.write_bytes(bytes(range(16)))
    (tmp_path / "key.txt").write_text(f"key.bin\n{key}\n")
    async with ffmpeg(
        "-i", str(films / "film.ts"), "-c", "copy", "-f", "hls", "-hls_time", "1",
        "-hls_list_size", "0", "-hls_key_info_file", str(tmp_path / "key.txt"),
        "-master_pl_name", "master.m3u8", str(tmp_path / "media.m3u8"),
    ) as process:  # fmt: skip
        assert await process.wait() == 0
    web.folder(tmp_path)
    web.handlers["/start"] = lambda request: request.answer(b"", 302, Location="/master.m3u8")
    await running.run_streams(stream_config(url=f"{web.url}/start"))
    await clip_plays(running)
    assert "/key.bin" in web.asked


@pytest.mark.parametrize(
    ("codecs", "container"),
    [
        (("-c:v", "mpeg4", "-c:a", "mp2"), "mpegts"),
        (
            ("-c:v", "libx264", "-bf", "2", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "libopus"),
            "matroska",
        ),
        (("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_mulaw", "-ar", "8000"), "matroska"),
    ],
    ids=["mpeg4+mp2", "h264-b+opus", "mjpeg+g711"],
)
async def test_codecs_of_all_kinds_come_out_as_what_browsers_play(
    running: Running, tmp_path: Path, codecs: tuple[str, ...], container: str
) -> None:
    film = make_film(tmp_path / "film.bin", *codecs, "-f", container)
    await running.run_streams(stream_config(url=film.as_uri()))
    await clip_plays(running)
    status = await running.status()
    assert status.video is not None
    assert status.audio is not None
    assert status.video.codec == "h264"
    assert status.audio.codec in {"aac", "opus"}
    assert status.corrupt_packets == 0


async def test_video_only_and_audio_only(running: Running, tmp_path: Path) -> None:
    silent = make_film(tmp_path / "silent.mp4", *H264, "-an", tone=False)
    blind = make_film(tmp_path / "blind.m4a", "-vn", *AAC)
    await running.run_streams(
        stream_config("stream_a", silent.as_uri()), stream_config("stream_b", blind.as_uri())
    )
    await running.until_held(2, "stream_a")
    await running.until_held(2, "stream_b")
    about, _ = await running.cut("stream_a", last_ms=1000)
    assert (about.has_video, about.has_audio) == (True, False)
    about, _ = await running.cut("stream_b", last_ms=1000)
    assert (about.has_video, about.has_audio) == (False, True)
    for name in ("stream_a", "stream_b"):
        assert (await running.viewer.get(f"/hls/{name}/index.m3u8")).status_code == 200


async def test_rtsp_with_a_password_cut_and_restored(running: Running, films: Path) -> None:
    async with RtspServer(films / "film.mp4", password="open sesame").running() as camera:
        url = f"rtsp://user:open%20sesame@127.0.0.1:{camera.port}/cam"
        await running.run_streams(stream_config(url=url))
        await clip_plays(running)
        camera.cut()
        await until(lambda: camera.requests.count("PLAY") >= 2)
        await running.until_status("live")
        status = await running.status()
        assert status.reconnects >= 1
        await running.until_held(6)
        _, film = await running.cut(last_ms=4000)
        assert decoded(film) > 30


@pytest.mark.parametrize(
    ("user", "words"), [("user:wrong@", "Wrong user name or password"), ("", "needs a password")]
)
async def test_a_wrong_password_is_said_so(
    running: Running, films: Path, user: str, words: str
) -> None:
    async with RtspServer(films / "film.mp4", password="right").running() as camera:
        await running.run_streams(stream_config(url=f"rtsp://{user}127.0.0.1:{camera.port}/cam"))
        status = await running.until_status("error")
        assert words in (status.error or "")


async def test_an_rtsp_redirect_is_refused(running: Running, films: Path) -> None:
    async with RtspServer(films / "film.mp4").running() as camera:
        camera.redirect = "rtsp://169.254.169.254/latest"
        await running.run_streams(stream_config(url=f"rtsp://127.0.0.1:{camera.port}/cam"))
        status = await running.until_status("error")
        assert "redirects" in (status.error or "")


async def test_rtmp(running: Running, films: Path) -> None:
    port = free_port()
    url = f"rtmp://127.0.0.1:{port}/live/key"
    arguments = ("-re", "-stream_loop", "-1", "-i", str(films / "film.mp4"), "-c", "copy")
    async with ffmpeg(*arguments, "-f", "flv", "-listen", "1", url):
        await running.run_streams(stream_config(url=url))
        await clip_plays(running)


async def test_a_stall_is_noticed_and_overcome(running: Running, films: Path, web: Web) -> None:
    def stall(request: Request) -> None:
        request.begin()
        data = (films / "film.ts").read_bytes()
        request.inner.wfile.write(data[: len(data) // 6] if len(web.asked) == 1 else data)
        request.inner.wfile.flush()
        time.sleep(30 if len(web.asked) == 1 else 0)

    web.handlers["/live"] = stall
    await running.run_streams(stream_config(url=f"{web.url}/live"))
    await running.until_held(1)
    status = await running.until_status("offline")
    assert status.error
    await running.until_status("live")
    assert (await running.status()).reconnects == 1


async def test_garbage_is_counted_and_skipped(
    running: Running, films: Path, tmp_path: Path
) -> None:
    data = bytearray((films / "film.ts").read_bytes())
    for place in range(len(data) // 5, len(data) - 4000, len(data) // 9):
        data[place : place + 700] = bytes(range(7)) * 100
    (tmp_path / "damaged.ts").write_bytes(data)
    await running.run_streams(stream_config(url=(tmp_path / "damaged.ts").as_uri()))
    status = await running.until_held(8)  # two damaged places
    assert status.status == "live"
    assert status.corrupt_packets > 0


async def test_another_resolution_is_a_new_section_and_both_play(
    running: Running, films: Path, tmp_path: Path
) -> None:
    other = make_film(tmp_path / "other.ts", "-vf", "scale=640:360", *H264, *AAC, seconds=3)
    first = make_film(tmp_path / "first.ts", *H264, *AAC, seconds=3)
    (tmp_path / "both.ts").write_bytes(first.read_bytes() + other.read_bytes())
    await running.run_streams(stream_config(url=(tmp_path / "both.ts").as_uri()))
    await until(
        lambda: running.node.registry.get("stream_a").stream.counters.format_changes > 0, 60
    )
    await running.until_held(5)
    text = (await running.viewer.get("/hls/stream_a/media.m3u8")).text
    assert "#EXT-X-DISCONTINUITY\n" in text
    window = (await running.status()).window
    assert window is not None
    _, film = await running.cut(start_us=window.start_us, end_us=window.end_us)
    assert decoded(film) > 60


_HOSTILE = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "concat:/etc/passwd|/etc/hosts",
        "data:video/mp2t;base64,AAAA",
        "subfile,,start,0,end,100,,:/etc/passwd",
        "http://169.254.169.254/latest/meta-data/x.ts",
        "tcp://127.0.0.1:1/x.ts",
        "/redirect-metadata.ts",
        "/redirect-file.ts",
    ],
)
async def test_hostile_playlists_reach_nothing(running: Running, web: Web, target: str) -> None:
    text = _HOSTILE.format(target).encode()
    web.handlers["/list.m3u8"] = lambda request: request.answer(text)
    web.handlers["/redirect-metadata.ts"] = lambda request: request.answer(
        b"", 302, Location="http://169.254.169.254/latest"
    )
    web.handlers["/redirect-file.ts"] = lambda request: request.answer(
        b"", 302, Location="file:///etc/passwd"
    )
    await running.run_streams(stream_config(url=f"{web.url}/list.m3u8"))

    async def has_failed() -> bool:
        return (await running.status()).status in {"error", "offline"}

    await until(has_failed)
    status = await running.status()
    assert status.window is None
    assert status.error


@pytest.mark.parametrize(
    "nested", ["file:///etc/passwd", "http://169.254.169.254/x.ts", "absent.ts"]
)
def test_what_a_playlist_names_in_vain_is_one_error_without_tracebacks(
    node_settings: Settings, web: Web, capfd: pytest.CaptureFixture[str], nested: str
) -> None:
    text = _HOSTILE.format("\n#EXTINF:2,\n".join([nested] * 5)).encode()
    asked: list[str] = []

    def absent(request: Request) -> None:
        asked.append(request.path)
        request.answer(b"", 404)

    web.handlers["/list.m3u8"] = lambda request: request.answer(text)
    web.handlers["/absent.ts"] = absent
    policy = sources(node_settings).policy
    with (
        pytest.raises(SourceError),
        open_source(f"{web.url}/list.m3u8", policy, HttpOpener(policy.fetcher)),
    ):
        pass
    assert "Traceback" not in capfd.readouterr().err
    assert len(asked) <= 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "rtsp://169.254.169.254/x",
        "rtmp://[::1]/live/x",
        "tcp://169.254.1.1:80",
        "udp://0.0.0.0:5000",
        "concat:/etc/passwd",
        "data:video/mp4;base64,AAAA",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "file:///etc/passwd",
        "/etc/passwd",
        "gopher://127.0.0.1/",
        "rtsp://",
        "http://",
        "tcp://127.0.0.1:99999999",
        "srt://127.0.0.1:9000",
    ],
)
async def test_addresses_that_are_refused_say_why(running: Running, url: str) -> None:
    await running.run_streams(stream_config(url=url))
    status = await running.until_status("error")
    assert status.error
    assert status.window is None


async def test_visitors_are_not_told_where_a_source_is(running: Running) -> None:
    url = "http://169.254.169.254/camera.m3u8"
    await running.run_streams(stream_config(url=url, visibility="public"))
    assert "169.254.169.254" in ((await running.until_status("error")).error or "")
    shown = await running.viewer.get("/hls/stream_a/status.json")
    assert shown.json()["status"] == "error"
    assert "169.254" not in shown.text
    assert (
        shown.json()["error"] == "The stream's source is away. It resumes when the source is back."
    )


async def test_nobody_there_is_told_and_tried_again(running: Running) -> None:
    await running.run_streams(stream_config(url=f"rtsp://user:geheim@127.0.0.1:{free_port()}/cam"))
    status = await running.until_status("offline")
    assert "refused" in (status.error or "")
    assert "geheim" not in str(status)

    async def tried() -> bool:
        return (await running.status()).reconnects >= 2

    await until(tried)


async def test_a_film_that_appears_later_is_found(
    running: Running, films: Path, tmp_path: Path
) -> None:
    path = tmp_path / "later.mp4"
    await running.run_streams(stream_config(url=path.as_uri()))
    await running.until_status("error")
    shutil.copy(films / "film.mp4", path)
    await running.until_status("live")
    assert command("ffmpeg")
