"""Requests that nobody well-meaning makes: sockets, bodies and keys where none belong."""

import asyncio
import uuid

import httpx
import pytest
import websockets

from tests.integration.api.test_other_organisations import PIXEL
from tests.support.web import Person, Web


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
    async with asyncio.timeout(10):
        status = await reader.readline()
    assert b" 401 " in status
    writer.close()
    await writer.wait_closed()


async def test_a_zip_needs_no_key_and_is_not_held_back_for_one(ada: Person) -> None:
    made = (await ada.http.post("/api/snapshots", json={"frame_data": PIXEL})).json()
    body = {"ids": [made["id"]]}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(2):
        answer = await ada.http.post("/api/gallery/archive", json=body, headers=headers, timeout=10)
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


async def test_a_page_of_others_writes_nothing_with_a_cookie(web: Web, ada: Person) -> None:
    """Every write of the document, as a foreign page's form and script would send it."""
    document = (await web.http.get("/api/openapi.json")).json()
    cookie = {"Cookie": f"moments_session={ada.cookie}"}
    walked = 0
    async with httpx.AsyncClient(base_url=web.url, timeout=30) as http:
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if method == "get" or {} in operation.get("security", [{}]):
                    continue
                url = path.replace("{", "").replace("}", "")
                for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
                    answer = await http.request(method.upper(), url, headers=cookie | origin)
                    assert answer.status_code == 403, (method, path, origin, answer.text)
                    assert answer.json()["code"] == "foreign_origin"
                walked += 1
    assert walked >= 30
    form = await web.http.post(
        "/api/gallery/archive/form",
        data={"ids": "snap_x"},
        headers=cookie | {"Origin": "https://evil.example"},
    )
    assert form.status_code == 403
