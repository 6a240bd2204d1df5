"""Another organisation's ids, on every documented route."""

import uuid
from typing import Any

import pytest

from tests.integration.api.test_contract import make_stream
from tests.support.web import Person, Web

BODIES: dict[str, object] = {
    "StreamPatch": {"name": "stolen"},
    "CapturePatch": {"title": "stolen"},
    "RoleIn": {"role": "viewer"},
    "TrimIn": {"start_ms": 0, "end_ms": 100},
    "ShareIn": {},
    "MomentPatch": {"title": "stolen"},
    "MarkPatch": {"title": "stolen"},
    "SourceNameIn": {"title": "stolen"},
    "NudgeIn": {"start": 2, "end": 4},
    "MatchIn": {"source_id": "source_1", "same": False},
    "SessionPatch": {"title": "stolen"},
    "MessageIn": {"content": "stolen"},
    "QuestionIn": {"content": "stolen"},
    "FrameIn": {"atMs": 0},
    "StatusIn": {"status": "failed"},
    "VmIn": {"name": "stolen"},
    "WebhookPatch": {"is_enabled": False},
    "CollectionPatch": {"title": "stolen"},
    "FoundPatch": {"title": "stolen"},
    "TranscriptPatch": {},
    "FoundIn": {"start_s": 1, "end_s": 2},
    "PromptIn": {},
    "SearchIn": {"query": "a"},
    "SearchAllIn": {"query": "a"},
    "DecisionIn": {"verdict": "approved"},
    "IgnoreIn": {"name": "a.png", "mask": "m1-" + "0" * 32},
    "VerticalIn": {},
    "Ids": {"ids": ["moment_1"]},
    "AssetIn": {
        "assetType": "other",
        "fileName": "a",
        "mimeType": "a/b",
        "fileSizeBytes": 1,
        "uploadMethod": "api",
    },
}
HOOK = {"url": "https://hooks.invalid/bob", "events": ["clip.ready"]}
VIDEO = {"file_name": "a.mp4", "mime_type": "video/mp4", "size_bytes": 1000}
# Links that carry their own right: whoever holds one may use it.
CAPABILITIES = ("/api/auth/", "/api/public/", "/api/gallery/share/")
# Profiles are for everybody.
FOR_EVERYBODY = "/api/profiles/"


async def _theirs(bob: Person) -> dict[str, str]:
    """Create one of everything as another user, by parameter name."""
    stream = await make_stream(bob)
    token = (await bob.http.post("/api/tokens", json={"name": "bob's"})).json()
    invitation = (await bob.http.post("/api/invitations", json={})).json()
    session = (await bob.http.get("/api/auth/sessions")).json()["items"][0]
    snapshot = await bob.http.post("/api/snapshots", json={"frame_data": PIXEL})
    assert snapshot.status_code == 201, snapshot.text
    shared = await bob.http.post(f"/api/snapshots/{snapshot.json()['id']}/share")
    me = (await bob.http.get("/api/auth/session")).json()
    vm = (await bob.http.post("/api/vms", json={"name": "bob's"})).json()
    hook = (await bob.http.post("/api/webhooks", json=HOOK)).json()
    delivery = (await bob.http.post(f"/api/webhooks/{hook['id']}/test")).json()
    body = {"url": "https://cdn.example.org/bob.mp3", "start": 1, "end": 2}
    mark = (await bob.http.post("/api/marks", json=body)).json()
    part = {**body, "start": 5, "end": 9, "visibility": "unlisted"}
    slug = (await bob.http.post("/api/marks", json=part)).json()["slug"]
    report = f"/api/public/moments/{slug}/report"
    assert (await bob.http.post(report, json={"reason": "spam"})).status_code == 202
    [reported] = (await bob.http.get("/api/reports")).json()["items"]
    collection = (await bob.http.post("/api/collections", json={"title": "bob's"})).json()
    video = (await bob.http.post("/api/videos", json=VIDEO)).json()
    chat = (await bob.http.post("/api/sessions", json={})).json()
    search = (await bob.http.post("/api/searches", json={"query": "heron"})).json()
    moment_id = snapshot.json()["moment_id"]
    assets = (await bob.http.get(f"/api/moments/{moment_id}")).json()["assets"]
    return {
        "mark_id": mark["id"],
        "track_id": mark["track_id"],
        "vm_id": vm["id"],
        "webhook_id": hook["id"],
        "delivery_id": delivery["id"],
        "video_id": video["id"],
        "collection_id": collection["id"],
        "chat_id": chat["id"],
        "search_id": search["id"],
        "source_id": "source_" + uuid.uuid4().hex[:26],
        "ignored_id": "ignored_" + uuid.uuid4().hex[:26],
        "nudge_id": "nudge_" + uuid.uuid4().hex[:26],
        "report_id": reported["id"],
        "moment_id": moment_id,
        "asset_id": assets[0]["asset"]["id"],
        "stream": stream["id"],
        "clip_id": "clip_" + uuid.uuid4().hex[:26],
        "snapshot_id": snapshot.json()["id"],
        "token_id": token["id"],
        "invitation_id": invitation["id"],
        "session_id": session["id"],
        "user_id": me["user"]["id"],
        "organization_id": bob.organization_id,
        "token": shared.json()["token"],
    }


PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def body_of(operation: dict[str, Any], bodies: dict[str, object]) -> object:
    """Return a body that an operation takes, or None."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    text = str(schema)
    for name, body in bodies.items():
        if f"/{name}'" in text:
            return body
    return None


def is_of_vms(operation: dict[str, Any]) -> bool:
    """Tell whether only VMs may ask, which no session or token of a person is."""
    return {"vm": []} in operation.get("security", [])


def filled(path: str, ids: dict[str, str]) -> str:
    """Return a path of the document with its parameters; clips and snapshots share a name."""
    capture = ids["clip_id" if "/clips/" in path else "snapshot_id"]
    subject = ids["moment_id"] if "/moments/" in path else capture
    return path.format(capture_id=capture, subject_id=subject, **ids)


async def test_ids_of_others_are_not_there_on_any_route(web: Web, ada: Person, bob: Person) -> None:
    theirs = await _theirs(bob)
    document = (await web.http.get("/api/openapi.json")).json()
    walked = 0
    for path, item in document["paths"].items():
        if "{" not in path or path.startswith((*CAPABILITIES[:2], FOR_EVERYBODY)):
            continue
        url = filled(path, theirs)
        for method, operation in item.items():
            if is_of_vms(operation):
                continue
            body = body_of(operation, BODIES)
            answer = await ada.http.request(method.upper(), url, json=body)
            assert answer.status_code == 404, (method, path, answer.text)
            assert theirs["stream"] not in answer.text
            walked += 1
    assert walked >= 25
    # And nothing of it was done.
    stream = (await bob.http.get(f"/api/streams/{theirs['stream']}")).json()
    assert stream["name"] != "stolen"
    assert (await bob.http.get(f"/api/snapshots/{theirs['snapshot_id']}")).status_code == 200
    session = await ada.http.delete(f"/api/auth/sessions/{theirs['session_id']}")
    assert session.status_code == 404


@pytest.mark.parametrize("action", ["delete", "restore", "archive", "share"])
async def test_many_ids_with_one_of_others(ada: Person, bob: Person, action: str) -> None:
    theirs = (await bob.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    ours = (await ada.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    answer = await ada.http.post(f"/api/gallery/{action}", json={"ids": [ours["id"], theirs["id"]]})
    assert answer.status_code == 404, answer.text
    assert (await ada.http.get(f"/api/snapshots/{ours['id']}")).status_code == 200


async def test_commits_of_others_in_a_body_are_not_there(ada: Person, bob: Person) -> None:
    new = {"title": "Commit", "gitBranch": "main", "gitCommitHash": "a" * 40}
    ours, theirs = [
        (await each.http.post("/api/moments/create", json=new)).json()["moment"]["id"]
        for each in (ada, bob)
    ]
    for path, body in (
        ("compare", {"before": ours, "after": theirs}),
        ("compare", {"before": theirs, "after": ours}),
        ("compare", {"after": theirs}),
        ("calibrate", {"first": ours, "second": theirs}),
        ("calibrate", {"first": theirs, "second": ours}),
        (f"moments/{ours}/decisions", {"verdict": "approved", "variantOf": theirs}),
    ):
        answer = await ada.http.post(f"/api/commits/{path}", json=body)
        assert answer.status_code == 404, (path, answer.text)
    for form in ("zip", "html"):
        body = {"ids": [ours, theirs], "format": form}
        assert (await ada.http.post("/api/moments/export", json=body)).status_code == 404
    found = await ada.http.get("/api/commits/builds", params={"commit": "a" * 40})
    assert theirs not in found.text
    drawing = await ada.http.get(f"/api/commits/moments/{ours}/diff.png", params={"before": theirs})
    assert drawing.status_code == 404


async def test_moments_and_streams_of_others_take_no_captures(ada: Person, bob: Person) -> None:
    theirs = (await bob.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    body = {"frame_data": PIXEL, "moment_id": theirs["moment_id"]}
    assert (await ada.http.post("/api/snapshots", json=body)).status_code == 404
    stream = await make_stream(bob)
    answer = await ada.http.post("/api/clips", json={"stream": stream["id"], "last_ms": 1000})
    assert answer.status_code == 404


async def test_every_route_wants_credentials(web: Web) -> None:
    document = (await web.http.get("/api/openapi.json")).json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if {} in operation.get("security", [{}]):
                continue
            url = path.replace("{", "").replace("}", "")
            answer = await web.http.request(method.upper(), url)
            assert answer.status_code == 401, (method, path, answer.text)
