"""Videos and their pipeline on the wire; the jobs themselves are tested with the domain."""

import httpx
import pytest

from tests.support.web import Person

UPLOAD = {"file_name": "a talk.mp4", "mime_type": "video/mp4", "size_bytes": 12}
STAGES = ["ingest", "audio", "transcript", "moments", "clips"]


async def test_a_video_on_the_wire(ada: Person) -> None:
    answer = await ada.http.post("/api/videos", json={**UPLOAD, "title": "A talk"})
    assert answer.status_code == 201, answer.text
    video = answer.json()
    assert video["id"].startswith("video_")
    assert (video["title"], video["status"], video["duration_s"]) == ("A talk", "queued", None)
    assert video["source"] == {"kind": "upload", "url": None, "file_name": "a talk.mp4"}
    assert [stage["name"] for stage in video["stages"]] == STAGES
    early = await ada.http.post("/api/pipeline/start", json={"video_id": video["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    async with httpx.AsyncClient(timeout=120) as anybody:
        headers = {"Content-Type": "video/mp4"}
        sent = await anybody.put(video["upload_url"], content=b"a" * 12, headers=headers)
    assert sent.status_code == 200, sent.text

    path = f"/api/videos/{video['id']}"
    assert (await ada.http.get(path)).json()["media_url"]
    for part in (
        "transcript",
        "captions.vtt",
        "captions.srt",
        "captions.ass",
        "transcript.txt",
        "loudness",
    ):
        assert (await ada.http.get(f"{path}/{part}")).status_code == 409, part
    assert (await ada.http.get(f"{path}/moments")).json() == {"items": [], "total": 0}
    clips = (await ada.http.get(f"{path}/clip-extraction-status")).json()
    assert clips == {"status": "pending", "progress": 0.0, "items": []}
    chapters = await ada.http.get(f"{path}/chapters.txt")
    assert (chapters.status_code, chapters.text) == (200, "")
    moment = (await ada.http.get(f"/api/moments/{video['moment_id']}")).json()["moment"]
    assert moment["moment"]["kind"] == "video"
    assert (await ada.http.get(f"/api/clips/{video['moment_id']}/stream")).status_code == 404

    page = (await ada.http.get("/api/videos", params={"limit": 1})).json()
    assert (page["total"], page["limit"], page["items"][0]["id"]) == (1, 1, video["id"])
    assert (await ada.http.delete(path)).json() == {"success": True}
    assert (await ada.http.get(path)).status_code == 404
    assert (await ada.http.get(f"/api/moments/{video['moment_id']}")).status_code == 404


async def test_a_pipeline_on_the_wire(ada: Person) -> None:
    body = {"url": "https://media.example.org/night-drive.mp4"}
    started = await ada.http.post("/api/pipeline/start", json=body)
    assert started.status_code == 202, started.text
    state = started.json()
    assert (state["status"], state["stages"][0]["status"]) == ("queued", "queued")
    path = f"/api/pipeline/{state['video_id']}"
    assert (await ada.http.post(f"{path}/retry")).status_code == 409
    cancelled = await ada.http.post(f"{path}/cancel")
    assert cancelled.status_code == 202
    assert cancelled.json()["status"] == "cancelled"
    assert (await ada.http.post(f"{path}/cancel")).status_code == 409
    again = (await ada.http.post(f"{path}/retry")).json()
    assert again["stages"][0] == {
        "name": "ingest",
        "status": "queued",
        "progress": 0.0,
        "attempts": 0,
        "started_at": None,
        "ended_at": None,
        "error": None,
        "note": None,
    }
    known = (await ada.http.get(f"/api/pipeline/status/{state['video_id']}")).json()
    assert known == again
    late = {"video_id": state["video_id"], "stage": "clips"}
    assert (await ada.http.post("/api/pipeline/start", json=late)).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "https://a.example/x.mp4", **UPLOAD}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://user:pw@a.example/x.mp4"}, "url"),
        ({**UPLOAD, "mime_type": "text/html"}, "mime_type"),
        ({"file_name": "a.mp4", "mime_type": "video/mp4"}, "size_bytes"),
    ],
)
async def test_a_bad_submission_is_400(ada: Person, body: dict[str, object], field: str) -> None:
    answer = await ada.http.post("/api/videos", json=body)
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["fields"]


async def test_a_video_over_the_limit_is_refused(ada: Person) -> None:
    answer = await ada.http.post("/api/videos", json={**UPLOAD, "size_bytes": 5 * 1024**3})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_large")
