"""Watching, snapshots and clips through the web, with a real media node."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import httpx
import pytest

from domain.core.time import isoformat
from tests.support.web import Person, Web


async def _newest(owner: Person) -> datetime:
    """Return the instant of the newest frame: a busy machine's lies behind the clock."""
    stream = (await owner.http.get("/api/streams")).json()["items"][0]
    return datetime.fromisoformat(stream["window"]["end"])


async def test_health_is_ok_with_a_node(live: Web) -> None:
    answer = await live.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["nodes"][0]["status"] == "up"


async def test_the_stream_plays_through_the_web(
    live: Web, visitor: httpx.AsyncClient, stream: dict[str, Any]
) -> None:
    watch = (await visitor.get(f"/api/streams/{stream['id']}/watch")).json()
    assert watch["hls_url"].startswith(f"{live.url}/media/hls/")
    master = await visitor.get(watch["hls_url"], headers={"Origin": "https://blog.example"})
    assert master.status_code == 200
    assert master.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in master.headers
    name = next(line for line in master.text.splitlines() if line and not line.startswith("#"))
    media_url = watch["hls_url"].rsplit("/", 1)[0] + "/" + name
    media = (await visitor.get(media_url)).text
    assert "#EXT-X-PART" in media
    newest = max(
        int(line.split("-")[1].split(".")[0].split(",")[0])
        for line in media.splitlines()
        if line.startswith("seg-")
    )
    blocked = await visitor.get(media_url, params={"_HLS_msn": newest + 2, "_HLS_part": 0})
    assert blocked.status_code == 200
    assert f"part-{newest + 2}-0" in blocked.text
    frame = await visitor.get(watch["frame_url"] + "latest.jpg?w=160")
    assert frame.headers["content-type"] == "image/jpeg"


async def test_the_proxy_reaches_viewers_routes_only(
    visitor: httpx.AsyncClient, stream: dict[str, Any]
) -> None:
    for path in (
        "/media/control/status",
        f"/media/hls/{stream['id']}/../../control/status",
        "/media/metrics",
        f"/media/hls/{stream['id']}",
    ):
        answer = await visitor.get(path)
        assert answer.status_code == 404, path
    answer = await visitor.post(f"/media/hls/{stream['id']}/index.m3u8")
    assert answer.status_code == 405
    unknown = await visitor.get("/media/hls/stream_00000000000000000000000000/index.m3u8")
    assert unknown.status_code in {404, 503}


async def test_a_snapshot_is_the_frame_of_the_instant(
    owner: Person, visitor: httpx.AsyncClient
) -> None:
    wanted = await _newest(owner) - timedelta(seconds=1)
    made = await owner.http.post(
        "/api/snapshots", json={"timestamp": isoformat(wanted), "labels": ["sitting"]}
    )
    assert made.status_code == 201, made.text
    snapshot = made.json()
    taken = datetime.fromisoformat(snapshot["timestamp"])
    assert abs(taken - wanted) < timedelta(seconds=3)  # a busy machine leaves frames out
    assert snapshot["labels"] == ["sitting"]
    assert snapshot["kind"] == "snapshot"
    picture = await visitor.get(snapshot["url"])
    assert picture.status_code == 200
    assert picture.content[:2] == b"\xff\xd8"
    assert (await visitor.get(snapshot["thumbnail_url"])).status_code == 200
    found = (await owner.http.get("/api/snapshots", params={"label": "sitting"})).json()
    assert snapshot["id"] in [item["id"] for item in found["items"]]
    down = await owner.http.get(f"/api/snapshots/{snapshot['id']}/download")
    assert down.status_code == 302
    saved = await visitor.get(down.headers["location"])
    assert saved.headers["content-disposition"].startswith("attachment")


async def test_a_clip_is_ready_at_once(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    assert clip["kind"] == "clip"
    assert abs(clip["duration_ms"] - 2000) < 50
    stored = await visitor.get(clip["url"])
    with av.open(_file(stored.content)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames > 1
    played = await owner.http.get(f"/api/clips/{clip['id']}/stream")
    assert played.status_code == 302
    by_moment = await owner.http.get(f"/api/clips/{clip['moment_id']}/stream")
    assert by_moment.status_code == 302
    changed = await owner.http.patch(f"/api/clips/{clip['id']}", json={"labels": ["goal"]})
    assert changed.json()["labels"] == ["goal"]
    counts = (await owner.http.get("/api/gallery/counts", params={"label": "goal"})).json()
    assert counts["clips"] >= 1


def _file(content: bytes) -> Any:  # noqa: ANN401 (what PyAV opens)
    import io

    return io.BytesIO(content)


@pytest.mark.parametrize(
    ("offset_s", "duration_ms", "status"),
    [(60, 1000, 425), (-3600, 1000, 410), (0, 3_600_001, 400), (0, -5, 400), (0, 0, 400)],
)
async def test_ranges_that_cannot_be(
    owner: Person, offset_s: int, duration_ms: int, status: int
) -> None:
    start = datetime.now(UTC) + timedelta(seconds=offset_s)
    answer = await owner.http.post(
        "/api/clips", json={"start_ts": isoformat(start), "duration_ms": duration_ms}
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"start_ts": "yesterday", "duration_ms": 1000},
        {"start_ts": "2026-11-21T10:00:00", "duration_ms": 1000},
        {"start_ts": "2026-13-41T10:00:00Z", "duration_ms": 1000},
        {},
        {"last_ms": 1000, "duration_ms": 1000},
        {"last_ms": "all"},
    ],
)
async def test_ranges_that_are_none(owner: Person, body: dict[str, object]) -> None:
    answer = await owner.http.post("/api/clips", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["fields"]


async def test_an_unknown_stream(owner: Person) -> None:
    answer = await owner.http.post("/api/clips", json={"last_ms": 1000, "stream": "nothing"})
    assert answer.status_code == 404


async def test_a_range_that_ends_later_is_recorded(owner: Person) -> None:
    start = await _newest(owner) - timedelta(seconds=1)
    made = await owner.http.post(
        "/api/clips", json={"start_ts": isoformat(start), "duration_ms": 20_000}
    )
    assert made.status_code == 202, made.text
    assert made.json()["status"] == "recording"


async def test_events_arrive_while_one_listens(owner: Person, live: Web) -> None:
    seen: list[str] = []
    token = await owner.token()
    async with (
        httpx.AsyncClient(base_url=live.url, timeout=120) as http,
        http.stream("GET", "/api/events", headers={"Authorization": f"Bearer {token}"}) as feed,
    ):
        assert feed.headers["content-type"].startswith("text/event-stream")
        await owner.http.post("/api/clips", json={"last_ms": 1000})
        async with asyncio.timeout(60):
            async for line in feed.aiter_lines():
                seen.append(line)
                if line.startswith("data:") and '"clip.' in line:
                    break
    assert any(line.startswith("id: ") for line in seen)


async def test_a_dead_stream_answers_503(owner: Person) -> None:
    made = await owner.http.post("/api/streams", json={"name": "Dead", "slug": "dead"})
    assert made.status_code == 201
    answer = await owner.http.post("/api/clips", json={"last_ms": 1000, "stream": "dead"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    several = await owner.http.post("/api/clips", json={"last_ms": 1000})
    assert several.status_code == 400
    await owner.http.delete("/api/streams/dead")
