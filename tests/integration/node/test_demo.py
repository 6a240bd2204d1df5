"""The demo through a whole node: exact counters in stills, clips and HLS."""

import asyncio
import io
import os
import signal
from functools import partial
from pathlib import Path

import av
import httpx
import numpy as np
from PIL import Image

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.live.wire import REQUEST_HEADER, FilmMeta
from media_server.http.public import public_app
from media_server.ingest.counter import read_counter
from media_server.relay.decode_queue import Asker, DecodeQueue, Priority
from tests.conftest import command
from tests.integration.node.conftest import Running, meta, run_node
from tests.support.films import write_film
from tests.support.metrics import metric_names, metrics_to_watch
from tests.support.streams import stream_config
from tests.support.waiting import until


def counter_of(image: bytes) -> int | None:
    return read_counter(np.asarray(Image.open(io.BytesIO(image)).convert("RGB")))


def number_at(us: int) -> int:
    return round(us * 30 / 1_000_000) & 0xFFFFFFFF


def counters_of(film: bytes) -> list[int | None]:
    with av.open(io.BytesIO(film), "r") as container:
        frames = container.decode(video=0)
        return [
            read_counter(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
            for frame in frames
            if frame.pts is not None and frame.pts >= 0
        ]


async def test_a_still_shows_the_very_frame_of_its_instant(running: Running) -> None:
    await running.run_streams(stream_config())
    status = await running.until_held(3)
    assert status.window is not None
    for offset in (40_000, 1_234_567, 2_000_001):
        for image_format in ("jpeg", "png", "webp"):
            about, body = await running.still(
                at_us=status.window.start_us + offset, format=image_format
            )
            assert counter_of(body) == number_at(about.at_us)
            assert about.at_us <= status.window.start_us + offset
    about, body = await running.still(max_width=390)
    assert (about.width, counter_of(body)) == (390, number_at(about.at_us))


async def test_a_clip_holds_exactly_the_frames_asked_for(running: Running) -> None:
    await running.run_streams(stream_config())
    status = await running.until_held(4)
    assert status.window is not None
    first, *_ = running.frames(status.window.start_us + 700_000)
    end_us = first + 2_000_000 - 400
    about, body = await running.cut(start_us=first + 400, end_us=end_us)
    assert counters_of(body) == [number_at(us) for us in running.frames(first, end_us)]
    assert about.complete
    assert (about.has_video, about.has_audio, about.width) == (True, True, 1280)


async def test_a_clip_of_more_than_is_held_says_why_it_is_shorter(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(3)
    about, _ = await running.cut(last_ms=1000)
    assert (about.complete, about.reason) == (True, None)
    about, _ = await running.cut(last_ms=60_000)
    assert about.duration_ms < 60_000
    assert not about.complete
    assert "does not reach back" in (about.reason or "")


async def test_ffmpeg_plays_the_hls_output(running: Running, tmp_path: Path) -> None:
    await running.run_streams(stream_config())
    path = "/hls/stream_a/index.m3u8"

    async def has_begun() -> bool:  # there is a part, but no segment
        return (await running.viewer.get(path)).status_code == 200

    await until(has_begun)
    url = f"{running.node.addresses.public_url}{path}"
    process = await asyncio.create_subprocess_exec(
        command("ffmpeg"), "-v", "error", "-i", url, "-t", "2", "-f", "null", "-",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_parts_wait_until_they_are_there(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(2)
    text = (await running.viewer.get("/hls/stream_a/media.m3u8")).text
    for _ in range(8):
        hint = text.rpartition('URI="')[2].partition('"')[0]
        number, index = hint.removeprefix("part-").removesuffix(".m4s").split("-")
        part, playlist = await asyncio.gather(
            running.viewer.get(f"/hls/stream_a/{hint}"),
            running.viewer.get(f"/hls/stream_a/media.m3u8?_HLS_msn={number}&_HLS_part={index}"),
        )
        if part.status_code == 404:  # the segment ended before it
            part = await running.viewer.get(f"/hls/stream_a/part-{int(number) + 1}-0.m4s")
        assert part.status_code == 200
        assert part.headers["cache-control"] == "public, max-age=3600, immutable"
        assert playlist.status_code == 200
        text = playlist.text
        assert hint in text or f"part-{int(number) + 1}-0.m4s" in text
    again = {"if-none-match": part.headers["etag"]}
    assert (await running.viewer.get(str(part.url), headers=again)).status_code == 304
    assert (await running.status()).viewers == 1


async def test_only_the_web_is_believed_for_whom_it_asks(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(2)
    through_web, direct = (
        public_app(running.node._state, is_direct=is_direct) for is_direct in (False, True)
    )
    for app, viewers in ((direct, 1), (through_web, 3)):  # two more
        transport = httpx.ASGITransport(
            app,  # type: ignore[arg-type]  # Litestar's own names for ASGI
            client=("192.0.2.1", 1),
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            for address in ("203.0.113.1", "203.0.113.2"):
                told = {"x-forwarded-for": address}
                answer = await client.get("/hls/stream_a/media.m3u8", headers=told)
                assert answer.status_code == 200
        assert (await running.status()).viewers == viewers


async def test_bad_requests_of_players_get_their_status(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(2)
    expected = {
        "media.m3u8?_HLS_msn=99999999999": 400,
        "media.m3u8?_HLS_part=1": 400,
        "media.m3u8?_HLS_msn=x": 400,
        "seg-1.m4s": 410,
        "part-1-1.m4s": 410,
        "part-99999999999-1.m4s": 404,
        "init-99.mp4": 404,
        "frame-1.jpg": 410,
        "frame-999999999999999999.jpg": 425,
        "..%2f..%2fetc%2fpasswd": 404,
        "secret": 404,
    }
    for file, status in expected.items():
        answer = await running.viewer.get(f"/hls/stream_a/{file}")
        assert (file, answer.status_code) == (file, status)
        assert set(answer.json()) == {"error", "code"}
    assert (await running.viewer.get("/hls/stream_b/index.m3u8")).status_code == 404
    assert (await running.viewer.get("/control/status")).status_code == 404
    assert (await running.viewer.post("/hls/stream_a/index.m3u8")).status_code == 405


async def test_thumbnails_come_in_few_sizes(running: Running) -> None:
    await running.run_streams(stream_config())
    status = await running.until_held(2)
    assert status.window is not None
    for file in ("frame-latest.jpg?w=150", f"frame-{status.window.start_us}.jpg?w=160"):
        answer = await running.viewer.get(f"/hls/stream_a/{file}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).size == (160, 90)


async def test_a_flood_of_thumbnails_is_refused_and_holds_up_no_snapshot(
    node_settings: Settings,
) -> None:
    flood = Asker(Priority.VISITOR_THUMBNAIL, "stream_a", "203.0.113.9")
    headers, over = {"X-Forwarded-For": "203.0.113.9"}, asyncio.Event()

    async def hold(queue: DecodeQueue) -> None:
        async with queue.turn(None, flood):
            await over.wait()

    async with run_node(node_settings.model_copy(update={"still_workers": 2})) as running:
        await running.run_streams(stream_config())
        await running.until_held(1)
        queue = running.node.decoders.queue
        async with asyncio.TaskGroup() as group:
            for _ in range(32):
                group.create_task(hold(queue))
            await until(lambda: queue.waiting == 31)
            refused = await running.viewer.get("/hls/stream_a/frame-latest.jpg", headers=headers)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            await running.still()
            assert queue.waiting == 31
            over.set()
        answer = await running.viewer.get("/hls/stream_a/frame-latest.jpg", headers=headers)
        assert answer.status_code == 200


async def test_visitors_capture_only_where_the_node_itself_knows_that_they_may(
    running: Running,
) -> None:
    routes = {
        "still": {"by_visitor": True},
        "cut": {"last_ms": 500, "by_visitor": True},
        "recordings": {"recording_id": "c", "start_us": 0, "end_us": 1, "by_visitor": True},
    }
    for config in (
        stream_config(allow_capture=False),
        stream_config(visibility="organization"),
        stream_config(visibility="private"),
    ):
        await running.run_streams(config)
        await running.until_held(1)
        for route, body in routes.items():
            answer = await running.control.post(f"/control/streams/stream_a/{route}", json=body)
            assert (route, answer.status_code) == (route, 403)
            assert "Visitors" in answer.json()["error"]
        await running.cut(last_ms=500)
    await running.run_streams(stream_config(visibility="unlisted"))
    await running.until_held(1)
    await running.cut(last_ms=500, by_visitor=True)


async def test_private_streams_want_their_token(running: Running) -> None:
    await running.run_streams(stream_config(visibility="private"))
    await running.until_held(2)
    token = load_keyring(running.settings).sign("viewer", {"sub": "stream_a"}, 60)
    other = load_keyring(running.settings).sign("viewer", {"sub": "stream_b"}, 60)
    files = ("index.m3u8", "media.m3u8", "frame-latest.jpg", "status.json")
    for file in files:
        assert (await running.viewer.get(f"/hls/stream_a/{file}")).status_code == 404
        assert (await running.viewer.get(f"/hls/stream_a/t/{other}/{file}")).status_code == 401
        answer = await running.viewer.get(f"/hls/stream_a/t/{token}/{file}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("private")


async def test_other_origins_may_play_without_credentials(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(1)
    answer = await running.viewer.get(
        "/hls/stream_a/index.m3u8", headers={"Origin": "https://elsewhere.example"}
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_control_wants_the_internal_key(running: Running) -> None:
    routes = [
        ("GET", "status"), ("POST", "reconcile"), ("GET", "streams/stream_a"),
        ("POST", "streams/stream_a/still"), ("POST", "streams/stream_a/cut"),
        ("POST", "streams/stream_a/recordings"), ("GET", "recordings/x"),
        ("GET", "recordings/x/media"), ("DELETE", "recordings/x"), ("POST", "files/trim"),
        ("POST", "files/still"),
    ]  # fmt: skip
    url = running.node.addresses.control_url
    async with httpx.AsyncClient(base_url=url, timeout=120) as stranger:
        for method, path in routes:
            for value in (b"", b"Bearer x", b"Bearer \xe9"):
                headers = {b"Authorization": value}
                answer = await stranger.request(method, f"/control/{path}", headers=headers)
                assert (path, answer.status_code) == (path, 401)


async def test_an_uploaded_film_is_measured(running: Running, tmp_path: Path) -> None:
    write_film(tmp_path / "a.webm", "libvpx")
    for content, expected in (((tmp_path / "a.webm").read_bytes(), 200), (b"no film", 415)):
        answer = await running.control.post(
            "/control/files/still", content=content, headers={REQUEST_HEADER: "{}"}
        )
        assert answer.status_code == expected, answer.text
        if expected == 200:
            found = meta(answer, FilmMeta)
            assert (found.width, found.height, found.duration_ms) == (320, 180, 1200)


async def test_bad_spans_get_their_status_and_a_sentence(running: Running) -> None:
    await running.run_streams(stream_config(buffer_s=10))
    status = await running.until_held(2)
    assert status.window is not None
    end = status.window.end_us
    cases: list[tuple[dict[str, object], int]] = [
        ({"start_us": end + 60_000_000, "end_us": end + 61_000_000}, 425),
        ({"start_us": end - 1_000_000, "end_us": end + 5_000_000}, 425),
        ({"start_us": 0, "end_us": 1_000_000}, 410),
        ({"start_us": end, "end_us": end - 1}, 400),
        ({"start_us": end - 1_000_000, "end_us": end + 20_000_000}, 400),
        ({"start_us": "now"}, 400),
        ({"last_ms": 0}, 400),
        ({}, 400),
    ]
    for body, expected in cases:
        answer = await running.control.post("/control/streams/stream_a/cut", json=body)
        assert (body, answer.status_code) == (body, expected)
        assert answer.json()["error"]
    missing = await running.control.post("/control/streams/stream_x/cut", json={"last_ms": 1})
    assert missing.status_code == 404


async def test_health_and_metrics_are_on_the_control_listener(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(1)
    assert (await running.control.get("/health")).json()["status"] == "ok"
    text = (await running.control.get("/metrics")).text
    assert set(metrics_to_watch("node")) <= metric_names(text)
    assert 'moments_stream_live{stream="stream_a"} 1.0' in text
    assert "moments_decoders_lost_total 0.0" in text


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_lost_decoder_is_replaced_and_the_still_comes_all_the_same(
    running: Running,
) -> None:
    await running.run_streams(stream_config())
    status = await running.until_held(3)
    assert status.window is not None
    await running.still()
    for offset, is_noticed in ((100_000, False), (900_000, True)):
        for pid in running.node.decoders.pids:
            os.kill(pid, signal.SIGKILL)
            if is_noticed:
                await until(partial(is_gone, pid))
        about, body = await running.still(at_us=status.window.start_us + offset)
        assert counter_of(body) == number_at(about.at_us)
    assert running.node.decoders.lost == 2


async def test_changes_reach_a_running_stream(running: Running) -> None:
    await running.run_streams(stream_config())
    await running.until_held(1)
    before = (await running.status()).window
    await running.run_streams(stream_config(buffer_s=10, visibility="private"))
    after = (await running.status()).window
    assert before is not None
    assert after is not None
    assert after.start_us == before.start_us  # it ran on untouched
    assert (await running.viewer.get("/hls/stream_a/index.m3u8")).status_code == 404
    await running.run_streams()
    await until(lambda: not running.node.registry.all())
