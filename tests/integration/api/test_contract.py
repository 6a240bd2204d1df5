"""The contract of every endpoint: errors, limits, idempotency, lists, documentation."""

import asyncio
import re
import uuid
from typing import Any

import pytest

from tests.support.metrics import metric_names, metrics_to_watch
from tests.support.web import Person, Web


async def make_stream(person: Person, **values: object) -> dict[str, Any]:
    body = {"name": f"Stream {uuid.uuid4().hex[:6]}", "source": {"kind": "push"}, **values}
    answer = await person.http.post("/api/streams", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_stream_has_all_that_the_contract_says(web: Web, ada: Person) -> None:
    made = await make_stream(ada, name="Garden", visibility="public", buffer_s=60)
    assert made["id"].startswith("stream_")
    assert made["slug"] == "garden"
    assert made["source"] == {"kind": "push"}
    assert made["status"] == "offline"
    assert made["window"] is None
    assert made["media"] == {"video": None, "audio": None}
    assert made["viewers"] == 0
    assert made["hls_url"].startswith(f"{web.url}/media/hls/{made['id']}")
    assert made["publish_key"].startswith("pk_")
    assert made["created_at"].endswith("Z")
    by_slug = (await ada.http.get("/api/streams/garden")).json()
    assert by_slug["id"] == made["id"]

    rotated = (await ada.http.post(f"/api/streams/{made['id']}/rotate-key")).json()
    assert rotated["publish_key"] != made["publish_key"]
    changed = await ada.http.patch(f"/api/streams/{made['id']}", json={"name": "Yard"})
    assert changed.json()["name"] == "Yard"
    assert (await ada.http.delete(f"/api/streams/{made['id']}")).json() == {"success": True}
    assert (await ada.http.get(f"/api/streams/{made['id']}")).status_code == 404


async def test_lists_have_one_shape(ada: Person) -> None:
    for _ in range(3):
        await make_stream(ada)
    page = (await ada.http.get("/api/streams", params={"limit": 2, "offset": 1})).json()
    assert (len(page["items"]), page["total"], page["limit"], page["offset"]) == (2, 3, 2, 1)
    for path in ("clips", "snapshots", "gallery", "marks", "members", "tokens", "invitations"):
        found = (await ada.http.get(f"/api/{path}")).json()
        assert set(found) == {"items", "total", "limit", "offset"}, path


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=1e99"])
async def test_a_bad_query_is_400(ada: Person, query: str) -> None:
    answer = await ada.http.get(f"/api/streams?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [query.split("=", maxsplit=1)[0]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "buffer_s": "long"}, "buffer_s"),
        ({"name": "x", "buffer_s": 5}, "buffer_s"),
        ({"name": "x", "source": {"kind": "magic"}}, "source.kind"),
        ({"name": "x", "source": {}}, "source.kind"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": ""}, "name"),
        ({"name": "x", "buffer_s": "60"}, "buffer_s"),
        ({"name": "x", "allow_capture": "true"}, "allow_capture"),
        ({"name": "x", "allow_capture": 1}, "allow_capture"),
        ({"name": "x", "source": {"kind": "pull", "url": 5}}, "source.url"),
    ],
)
async def test_a_bad_body_is_400_with_its_fields(
    ada: Person, body: dict[str, object], field: str
) -> None:
    answer = await ada.http.post("/api/streams", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "bad_fields"
    assert field in answer.json()["fields"], answer.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b'{"name": "caf\xe9"}', 400),
        (b'{"caf\xe9": 1}', 400),
        (b'{"name": "\xed\xa0\x80"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "\\u0000"}', 400),
        (b"[" * 100_000, 400),
        (b'{"name": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
    ids=[
        "cut",
        "list",
        "text",
        "null",
        "bytes",
        "latin",
        "latin name",
        "surrogate",
        "lone surrogate",
        "nul",
        "deep",
        "huge",
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    ada: Person, content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}
    answer = await ada.http.post("/api/streams", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


async def test_other_media_types_are_415(ada: Person) -> None:
    for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        answer = await ada.http.post(
            "/api/streams", content=b"{}", headers={"content-type": content_type}
        )
        assert answer.status_code == 415, content_type


async def test_answers_are_not_kept(web: Web, ada: Person) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for answer in (
        await ada.http.get("/api/streams"),
        await ada.http.post("/api/tokens", json={"name": "n"}, headers=key),
        await ada.http.post("/api/tokens", json={"name": "n"}, headers=key),  # from the record
        await ada.http.get("/api/streams/nothing"),
        await web.http.get("/api/streams"),
        await web.http.get("/api/public/shares/nothing-that-ever-was"),
        await web.http.get("/files/moments-org/moment_1/asset_1-a.png"),
        await web.http.get("/health"),
    ):
        assert answer.headers.get_list("cache-control") == ["no-store"], answer.url


async def test_unknown_addresses_and_methods(web: Web, ada: Person) -> None:
    assert (await ada.http.get("/api/nothing")).status_code == 404
    assert (await ada.http.get("/api/nothing")).json()["code"] == "not_found"
    answer = await ada.http.put("/api/streams")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert (await web.http.get("/api/streams/%00")).status_code in {400, 401}
    assert (await ada.http.get("/api/streams/%00")).status_code == 400
    assert (await ada.http.get("/api/clips?q=%00")).status_code == 400


async def test_the_same_key_does_it_once(ada: Person) -> None:
    body = {"name": "Once"}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = await ada.http.post("/api/streams", json=body, headers=headers)
    second = await ada.http.post("/api/streams", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert (await ada.http.get("/api/streams")).json()["total"] == 1

    other = await ada.http.post("/api/streams", json={"name": "Twice"}, headers=headers)
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"


async def test_the_same_key_at_once_does_it_once(ada: Person) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answers = await asyncio.gather(
        *(ada.http.post("/api/tokens", json={"name": "n"}, headers=headers) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert (await ada.http.get("/api/tokens")).json()["total"] == 1


async def test_a_key_belongs_to_its_caller(ada: Person, bob: Person) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = await ada.http.post("/api/streams", json={"name": "Mine"}, headers=headers)
    second = await bob.http.post("/api/streams", json={"name": "Mine"}, headers=headers)
    assert first.json()["id"] != second.json()["id"]


async def test_a_refusal_is_not_kept(ada: Person) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"name": "Garden", "slug": "taken-slug"}
    await make_stream(ada, slug="taken-slug")
    refused = await ada.http.post("/api/streams", json=body, headers=headers)
    assert refused.status_code == 409
    await ada.http.delete("/api/streams/taken-slug")
    made = await ada.http.post("/api/streams", json=body, headers=headers)
    assert made.status_code == 201


async def test_a_bad_key_is_told(ada: Person) -> None:
    for key in ("x" * 300, "with space"):
        answer = await ada.http.post(
            "/api/streams", json={"name": "x"}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 400, key


async def test_the_documentation_asks_no_other_host(web: Web) -> None:
    document = (await web.http.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.")
    assert "/api/clips/{capture_id}" in document["paths"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["tags"], (method, path)
            assert operation["summary"], (method, path)
    page = (await web.http.get("/api/docs")).text
    assert "rapi-doc" in page
    assert "https://" not in page
    address = re.search(r'src="(/static/[^"]+)"', page)
    assert address
    script = await web.http.get(address[1])
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) > 100_000


async def test_health_tells_each_dependency(web: Web) -> None:
    answer = await web.http.get("/health")
    found = answer.json()
    assert found["database"]["status"] == "up"
    assert found["storage"]["status"] == "up"
    assert found["queue"]["status"] == "up"
    assert found["media"]["status"] == "down"
    assert (answer.status_code, found["status"]) == (503, "down")
    assert answer.headers["retry-after"]


async def test_metrics_are_prometheus_text(web: Web) -> None:
    await web.http.get("/api/streams")
    text = (await web.http.get("/metrics")).text
    assert "# TYPE moments_http_requests_total counter" in text
    assert 'moments_http_requests_total{area="api"' in text
    assert 'moments_queue_jobs{state="parked"} 0.0' in text
    assert set(metrics_to_watch("web")) <= metric_names(text)


async def test_bodies_may_be_left_out_where_nothing_is_asked(ada: Person) -> None:
    stream = await make_stream(ada)
    answer = await ada.http.post(f"/api/streams/{stream['id']}/rotate-key")
    assert answer.status_code == 200
