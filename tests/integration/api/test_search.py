"""Search on the wire; what is found is tested with the domain."""

from tests.support.web import Person, Web


async def test_search_on_the_wire(web: Web, ada: Person) -> None:
    part = {"url": "https://cdn.example.org/otter.mp3", "start": 1, "end": 9, "note": "otter"}
    moment_id = (await ada.http.post("/api/marks", json=part)).json()["id"]
    asked = {"query": "otter", "moment_id": moment_id}
    for path in ("/api/search", "/api/chats/search"):
        for answer in (
            await ada.http.get(path, params=asked),
            await ada.http.post(path, json={**asked, "tenant_id": ada.organization_id}),
        ):
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"] == []  # its job has not run
            assert answer.json()["match"] in {"words", "meaning"}
        assert (await ada.http.get(path)).status_code == 400
        assert (await ada.http.get(path, params={"query": " "})).status_code == 400
        assert (await ada.http.get(path, params={"query": "a", "limit": 0})).status_code == 400
        assert (await web.http.get(path, params=asked)).status_code == 401
        bob = await web.person()
        assert (await bob.http.get(path, params=asked)).status_code == 404
        stolen = {"query": "otter", "tenant_id": ada.organization_id}
        assert (await bob.http.post(path, json=stolen)).status_code == 404
    narrowed = {"query": "otter", "kind": ["line", "track"], "match": "words", "since": "x"}
    assert (await ada.http.get("/api/search", params=narrowed)).status_code == 400
