"""Hostile requests: sockets, bodies and keys where none belong."""

import asyncio
import base64
import struct
import uuid
import zlib

import httpx
import pytest
import websockets
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.api.test_contract import make_stream
from tests.integration.api.test_other_organisations import (
    BODIES,
    HOOK,
    PIXEL,
    VIDEO,
    body_of,
    filled,
    is_of_vms,
)
from tests.support.waiting import eventually
from tests.support.web import PASSWORD, Person, Web


@pytest.mark.parametrize("path", ["/media/hls/x", "/media/x", "/static/js/x.js", "/nothing"])
async def test_a_socket_where_there_is_none_is_refused(web: Web, path: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(web.url.replace("http", "ws", 1) + path, origin=None)
    assert refused.value.response.status_code == 403


async def test_a_body_of_nobody_is_not_read(web: Web) -> None:
    """The answer comes while the body, which is never finished, is still on its way."""
    host, _, port = web.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /api/snapshots HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 30000000\r\n\r\n{"
    )
    writer.write(head.encode())
    async with asyncio.timeout(60):
        status = await reader.readline()
    assert b" 401 " in status
    writer.close()
    await writer.wait_closed()


async def test_a_zip_needs_no_key_and_is_not_held_back_for_one(ada: Person) -> None:
    made = (await ada.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    body = {"ids": [made["id"]]}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(2):
        answer = await ada.http.post("/api/gallery/archive", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.content[:2] == b"PK"
        assert "idempotency-replayed" not in answer.headers


async def test_the_pages_socket_is_not_polled_by_others(web: Web, ada: Person) -> None:
    url = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    cookie = {"Cookie": f"moments_session={ada.cookie}"}
    ours = await web.http.get(url, headers=cookie)
    assert ours.status_code == 200
    for origin in ("https://evil.example", "null"):
        for method in ("GET", "POST", "OPTIONS"):
            answer = await web.http.request(method, url, headers=cookie | {"Origin": origin})
            assert answer.status_code == 403, (method, origin)
            assert "access-control-allow-origin" not in answer.headers


async def invited(web: Web, owner: Person, role: str) -> httpx.AsyncClient:
    """Return a client of somebody who came by invitation."""
    made = (await owner.http.post("/api/invitations", json={"role": role})).json()
    token = made["url"].rpartition("/")[2]
    body = {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD, "name": role}
    joined = await web.http.post(f"/api/auth/invitations/{token}/sign-up", json=body)
    assert joined.status_code == 201, joined.text
    cookie = joined.cookies["moments_session"]
    web.http.cookies.clear()
    headers = {"Origin": web.url, "Cookie": f"moments_session={cookie}"}
    return httpx.AsyncClient(base_url=web.url, headers=headers, timeout=120)


# What who may only look may do all the same: leave, take along, and see to their own account.
OF_VIEWERS = (
    *("/api/auth/", "/api/public/", "/api/profiles/", "/api/tokens", "/api/gallery/archive"),
    *("/api/commits/compare", "/api/commits/calibrate", "/api/commits/baseline"),
    *("/api/search", "/api/chats/search", "/api/discover/", "/switch"),
    "/api/moments/export",
)


async def test_a_viewer_changes_nothing_on_any_route(web: Web, ada: Person) -> None:
    stream = await make_stream(ada, visibility="organization")
    taken = (await ada.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    shared = (await ada.http.post(f"/api/snapshots/{taken['id']}/share")).json()
    invitation = (await ada.http.post("/api/invitations", json={})).json()
    me = (await ada.http.get("/api/auth/session")).json()
    part = {"url": "https://cdn.example.org/ada.mp3", "start": 1, "end": 9}
    mark = (await ada.http.post("/api/marks", json={**part, "visibility": "organization"})).json()
    shelf = {"title": "ada's", "visibility": "organization"}
    collection = (await ada.http.post("/api/collections", json=shelf)).json()
    ids = {
        "mark_id": mark["id"],
        "track_id": mark["track_id"],
        "stream": stream["id"],
        "clip_id": "clip_" + uuid.uuid4().hex[:26],
        "snapshot_id": taken["id"],
        "invitation_id": invitation["id"],
        "user_id": me["user"]["id"],
        "token": shared["token"],
        "video_id": (await ada.http.post("/api/videos", json=VIDEO)).json()["id"],
        "vm_id": (await ada.http.post("/api/vms", json={"name": "x"})).json()["id"],
        "moment_id": taken["moment_id"],
        "collection_id": collection["id"],
        "chat_id": (await ada.http.post("/api/sessions", json={})).json()["id"],
        "search_id": "search_" + uuid.uuid4().hex[:26],
        "source_id": "source_" + uuid.uuid4().hex[:26],
        "nudge_id": "nudge_" + uuid.uuid4().hex[:26],
        "report_id": "report_" + uuid.uuid4().hex[:26],
        "asset_id": "asset_" + uuid.uuid4().hex[:26],
        "ignored_id": "ignored_" + uuid.uuid4().hex[:26],
        "webhook_id": "hook_" + uuid.uuid4().hex[:26],
        "delivery_id": "delivery_" + uuid.uuid4().hex[:26],
    }
    many = {"ids": [taken["id"]]}
    bodies = BODIES | {
        "Ids": many,
        "ShareMany": many,
        "StreamIn": {"name": "x"},
        "ClipIn": {"stream": stream["id"], "last_ms": 1000},
        "SnapshotIn": {"frame_data": PIXEL},
        "NameIn": {"name": "pwned"},
        "InviteIn": {"role": "owner"},
        "NewMomentIn": {"title": "x"},
        "NewMarkIn": part,
        "ImportIn": {"text": "url,start,end\nhttps://cdn.example.org/ada.mp3,20,30\n"},
        "NewCollectionIn": {"title": "x"},
        "NewSessionIn": {"title": "x"},
        "NewVideoIn": VIDEO,
        "WebhookIn": HOOK,
        "RetentionIn": {"rules": []},
        "StartIn": {"video_id": ids["video_id"]},
        "SettingsIn": {"repository": "x", "settings": {}},
    }
    document = (await web.http.get("/api/openapi.json")).json()
    walked = 0
    async with await invited(web, ada, "viewer") as viewer:
        for path, item in document["paths"].items():
            # Where sign-up is open, as here, anybody may have an organisation of their own.
            if any(part in path for part in OF_VIEWERS) or path == "/api/organizations":
                continue
            for method, operation in item.items():
                if method == "get" or {} in operation.get("security", [{}]):
                    continue
                if is_of_vms(operation):
                    continue
                body = body_of(operation, bodies)
                answer = await viewer.request(method.upper(), filled(path, ids), json=body)
                assert answer.status_code in {403, 404}, (method, path, answer.text)
                if "/clips/" not in path:
                    assert answer.status_code == 403, (method, path, answer.text)
                walked += 1
    assert walked >= 20
    after = (await ada.http.get(f"/api/snapshots/{taken['id']}")).json()
    assert (after["title"], after["labels"]) == (taken["title"], taken["labels"])
    assert (await web.http.get(f"/s/{shared['token']}")).status_code == 200
    assert (await ada.http.get("/api/streams")).json()["items"][0]["name"] == stream["name"]


@pytest.mark.parametrize(
    ("frame_data", "status"),
    [
        ("A" * 40_000_000, 413),
        ("data:image/png;base64,BOMB", 400),
        ("data:image/svg+xml;base64,PA==", 415),
    ],
    ids=["30 MB", "bomb", "svg"],
)
async def test_pictures_that_are_not_taken(ada: Person, frame_data: str, status: int) -> None:
    body = {"frame_data": frame_data.replace("BOMB", _bomb())}
    answer = await ada.http.post("/api/snapshots", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def _bomb() -> str:
    """Return a PNG of 20 000 x 20 000 black dots in 150 kB."""
    pixels = zlib.compress(bytes(20_000 // 8 + 1) * 20_000, 9)
    size = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", size), (b"IDAT", pixels), (b"IEND", b"")):
        checksum = zlib.crc32(kind + data)
        made += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
    return base64.b64encode(made).decode()


async def test_a_page_of_others_writes_nothing_with_a_cookie(web: Web, ada: Person) -> None:
    """Every write of the document, as a foreign page's form and script would send it."""
    document = (await web.http.get("/api/openapi.json")).json()
    cookie = {"Cookie": f"moments_session={ada.cookie}"}
    walked = 0
    async with httpx.AsyncClient(base_url=web.url, timeout=120) as http:
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if method == "get" or {} in operation.get("security", [{}]):
                    continue
                if is_of_vms(operation):
                    continue
                url = path.replace("{", "").replace("}", "")
                for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
                    answer = await http.request(method.upper(), url, headers=cookie | origin)
                    assert answer.status_code == 403, (method, path, origin, answer.text)
                    assert answer.json()["code"] == "foreign_origin"
                walked += 1
    assert walked >= 30
    form = await web.http.post(
        "/api/moments/archive/form",
        data={"ids": "moment_x"},
        headers=cookie | {"Origin": "https://evil.example"},
    )
    assert form.status_code == 403


async def test_nobody_says_where_the_app_lies(web: Web) -> None:
    async with httpx.AsyncClient(base_url=web.url, timeout=120) as http:
        answer = await http.get("/", headers={"X-Forwarded-Prefix": "//evil.example"})
        assert answer.headers["location"].startswith("/sign-in")
        page = await http.get("/sign-in", headers={"X-Forwarded-Prefix": "//evil.example"})
    assert page.status_code == 200
    assert "evil.example" not in page.text


async def test_no_write_takes_a_body_that_is_not_utf8(web: Web, ada: Person) -> None:
    document = (await web.http.get("/api/openapi.json")).json()
    headers = {"Content-Type": "application/json"}
    walked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "requestBody" not in operation or is_of_vms(operation):
                continue
            url = path.replace("{", "").replace("}", "")
            for key in ({}, {"Idempotency-Key": uuid.uuid4().hex}):
                answer = await ada.http.request(
                    method.upper(), url, content=b'{"caf\xe9": 1}', headers=headers | key
                )
                assert answer.status_code == 400, (method, path, answer.text)
            walked += 1
    assert walked >= 20


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/api/auth/sign-in", "api"),
        ("/api/streams", "api"),
        ("/api/moments/archive/form", "api"),
        ("/s/0123456789abcdef/unlock", "s"),
    ],
)
async def test_who_leaves_in_mid_body_is_no_error_of_ours(
    web: Web, ada: Person, path: str, area: str
) -> None:
    before = await _counted(web, area)
    host, _, port = web.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    kind = (
        "application/x-www-form-urlencoded"
        if "form" in path or "/s/" in path
        else "application/json"
    )
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {web.url}\r\n"
        f"Cookie: moments_session={ada.cookie}\r\nContent-Type: {kind}\r\n"
        "Content-Length: 100\r\n\r\n{"
    )
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async def is_counted() -> bool:
        return await _counted(web, area) != before

    await eventually(is_counted)
    left, failed = await _counted(web, area)
    assert (left, failed) == (before[0] + 1, before[1])


async def _counted(web: Web, area: str) -> tuple[float, float]:
    """Return how many POSTs to a part ended because the client left, and because we failed."""
    text = (await web.http.get("/metrics")).text
    found = {
        sample.labels["status"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "moments_http_requests_total"
        and (sample.labels["area"], sample.labels["method"]) == (area, "POST")
    }
    return found.get("499", 0), found.get("500", 0)
