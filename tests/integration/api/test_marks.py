"""`/api/marks` and `/api/tracks`: answers, limits, and who may."""

import uuid
from typing import Any

import asyncpg
import pytest

from tests.integration.api.test_hostile import invited
from tests.support.web import Person, Web

VIDEO = "https://www.youtube.com/watch?v="


def body_of(person: Person, **values: object) -> dict[str, Any]:
    """Return a mark of a video that no other test has."""
    video = f"{person.email.split('@')[0]:_>11}"
    return {"url": VIDEO + video, "start": 45, "end": 60, "note": "That drop!", **values}


async def save(person: Person, **values: object) -> dict[str, Any]:
    answer = await person.http.post("/api/marks", json=body_of(person, **values))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_mark_as_the_contract_says(ada: Person) -> None:
    mark = await save(ada, visibility="public")
    assert mark["id"].startswith("moment_")
    assert mark["track_id"].startswith("track_")
    assert (mark["provider"], mark["start"], mark["end"]) == ("youtube", 45, 60)
    assert (mark["note"], mark["saved_by"], mark["visibility"]) == ("That drop!", 1, "public")
    assert mark["share_url"].endswith(f"/m/{mark['slug']}")
    assert (await ada.http.get(f"/api/marks/{mark['id']}")).json() == mark
    moment = (await ada.http.get(f"/api/moments/{mark['id']}")).json()["moment"]["moment"]
    assert (moment["kind"], moment["trackId"], moment["savedBy"]) == ("mark", mark["track_id"], 1)
    assert moment["source"]["providerId"] == mark["provider_id"]
    changed = await ada.http.patch(
        f"/api/marks/{mark['id']}", json={"start": 50, "visibility": "private"}
    )
    assert (changed.json()["start"], changed.json()["share_url"]) == (50, None)
    listed = (await ada.http.get("/api/marks", params={"track_id": mark["track_id"]})).json()
    assert (listed["total"], listed["items"]) == (1, [changed.json()])
    assert (await ada.http.delete(f"/api/marks/{mark['id']}")).json() == {"success": True}
    assert (await ada.http.get(f"/api/marks/{mark['id']}")).status_code == 404
    assert (await ada.http.post(f"/api/moments/{mark['id']}/restore")).status_code == 200
    assert (await ada.http.get(f"/api/marks/{mark['id']}")).status_code == 200


async def test_marks_are_private_at_first(ada: Person) -> None:
    mark = await save(ada)
    assert (mark["visibility"], mark["counted"], mark["slug"]) == ("private", False, None)


async def test_a_link_is_resolved(ada: Person) -> None:
    params = {"url": "https://youtu.be/dQw4w9WgXcQ?si=x&t=1m5s"}
    found = (await ada.http.get("/api/marks/resolve", params=params)).json()
    assert (found["provider"], found["provider_id"]) == ("youtube", "dQw4w9WgXcQ")
    assert (found["start"], found["playable"], found["reason"]) == (65, True, None)
    for url in ("https://www.youtube.com/clip/UgkxAbC", "https://youtube.com.evil.example/x", ""):
        refused = await ada.http.get("/api/marks/resolve", params={"url": url})
        assert refused.status_code == 400, url
        assert refused.json()["fields"]["url"].endswith(".")


async def test_sums_of_a_track(ada: Person) -> None:
    mark = await save(ada, visibility="public")
    track = f"/api/tracks/{mark['track_id']}"
    heat = (await ada.http.get(f"{track}/heatmap")).json()
    assert (heat["bucket_s"], heat["values"][45:47], heat["values"][44]) == (1, [1, 1], 0)
    best = (await ada.http.get(f"{track}/best")).json()
    assert (best["start_s"], best["end_s"], best["saves"]) == (45, 60, 1)
    assert 0 <= best["confidence"] <= 1
    whole = (await ada.http.get(track)).json()
    assert [source["provider"] for source in whole["sources"]] == ["youtube"]
    assert whole["parts"] == [{"start_s": 45, "end_s": 60, "saves": 1}]
    moments = (await ada.http.get(f"{track}/moments")).json()
    assert [item["id"] for item in moments["items"]] == [mark["id"]]
    assert (await ada.http.get("/api/tracks/track_nothing")).status_code == 404


async def test_a_report_is_json_or_csv(ada: Person) -> None:
    mark = await save(ada, visibility="public")
    url = f"/api/tracks/{mark['track_id']}/report"
    report = (await ada.http.get(url)).json()
    assert report["label"].startswith("Moments' own data")
    assert (report["people"], report["days"][0]["saves"]) == (None, 1)
    table = await ada.http.get(url, params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    lines = table.text.splitlines()
    assert (lines[0], "second,45,1" in lines) == ("kind,at,saves", True)
    recent = await ada.http.get(url, params={"period": "30d"})
    assert report["since"] is None
    assert recent.json() == {**report, "since": recent.json()["since"]}
    assert recent.json()["since"] < report["days"][0]["day"]
    monthly = await ada.http.get(url, params={"format": "csv", "period": "30d"})
    assert monthly.text == table.text
    assert (await ada.http.get(url, params={"period": "31d"})).status_code == 400
    assert (await ada.http.get(url, params={"format": "pdf"})).status_code == 400


async def test_matches_are_listed_and_corrected(ada: Person) -> None:
    mark = await save(ada)
    url = f"/api/tracks/{mark['track_id']}/matches"
    [match] = (await ada.http.get(url)).json()["items"]
    assert (match["status"], match["source"]["provider"]) == ("linked", "youtube")
    said = {"source_id": match["source"]["id"], "same": True, "offset_s": 1.5}
    answer = await ada.http.post(url, json=said)
    assert answer.status_code == 201, answer.text
    assert answer.json()["items"][0]["source"]["offset_s"] == 1.5
    again = (await ada.http.get(f"/api/marks/{mark['id']}")).json()
    assert (again["start"], again["end"]) == (45, 60)  # on its own source's timeline
    heat = (await ada.http.get(f"/api/tracks/{mark['track_id']}/heatmap")).json()["values"]
    assert (heat[45], heat[46], heat[61]) == (0, 1, 1)
    refused = await ada.http.post(url, json={**said, "offset_s": 601})
    assert refused.status_code == 400
    unknown = await ada.http.post(url, json={**said, "source_id": "source_1"})
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ('"start": NaN, "end": 60', None),
        ('"start": 45, "end": Infinity', None),
        ('"start": -1, "end": 60', "start"),
        ('"start": 60, "end": 45', "end"),
        ('"start": 45, "end": 45', "end"),
        ('"start": 45, "end": 604801', "end"),
        ('"start": 45, "end": 1e400', None),
        ('"start": 45, "end": 99999999999999999999', "end"),
        ('"start": 45.5, "end": 60', "start"),
        ('"start": "45", "end": 60', "start"),
        ('"start": 45', "end"),
        ('"start": 45, "end": 60, "duration": 50', "end"),
        ('"start": 45, "end": 60, "visibility": "secret"', "visibility"),
        ('"start": 45, "end": 60, "other": 1', "other"),
    ],
)
async def test_bad_times_are_400(ada: Person, content: str, field: str | None) -> None:
    text = f'{{"url": "{VIDEO}dQw4w9WgXcQ", {content}}}'
    answer = await ada.http.post(
        "/api/marks", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    if field is not None:
        assert list(answer.json()["fields"]) == [field]


async def test_a_second_one_within_two_seconds_is_409_and_a_repeat_is_not(ada: Person) -> None:
    body = body_of(ada)
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = await ada.http.post("/api/marks", json=body, headers=key)
    again = await ada.http.post("/api/marks", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    refused = await ada.http.post("/api/marks", json={**body, "start": 46})
    assert refused.status_code == 409
    assert refused.json()["code"] == "mark_exists"
    assert refused.json()["fields"] == {"id": first.json()["id"]}


async def test_who_may(web: Web, ada: Person, bob: Person) -> None:
    mark = await save(ada, visibility="organization")
    url = f"/api/marks/{mark['id']}"
    async with (
        await invited(web, ada, "member") as member,
        await invited(web, ada, "viewer") as viewer,
    ):
        changes = [
            (await caller.patch(url, json={"title": "x"})).status_code
            for caller in (ada.http, member, viewer, bob.http, web.http)
        ]
        assert changes == [200, 200, 403, 404, 401]
        deletions = [
            (await caller.delete(url)).status_code for caller in (member, viewer, bob.http)
        ]
        assert deletions == [403, 403, 404]
        private = await save(ada, start=100, end=110)
        assert (await member.get(f"/api/marks/{private['id']}")).status_code == 404
        assert (await viewer.post("/api/marks", json=body_of(bob))).status_code == 403


async def test_public_pages_of_a_mark_and_its_track(web: Web, ada: Person) -> None:
    mark = await save(ada, visibility="public", note="That drop!")
    other = await save(ada, start=100, end=110, visibility="private", note="Nobody's business")
    page = await web.http.get(mark["share_url"])
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    embed = await web.http.get(f"{mark['share_url']}/embed")
    assert "frame-ancestors *" in embed.headers["content-security-policy"]
    assert embed.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    track = f"/t/{mark['track_id']}"
    for path in (track, f"{track}/report", f"{track}/embed"):
        shown = await web.http.get(path)
        assert shown.status_code == 200, path
        assert other["note"] not in shown.text
    report = (await web.http.get(f"/api/tracks/{mark['track_id']}/report")).json()
    assert report["track"]["parts"] == [{"start_s": 45, "end_s": 60, "saves": 1}]
    sitemap = (await web.http.get("/sitemap.xml")).text
    assert f"/m/{mark['slug']}<" in sitemap
    assert f"{track}<" in sitemap
    await ada.http.patch(f"/api/marks/{mark['id']}", json={"visibility": "private"})
    assert (await web.http.get(mark["share_url"])).status_code == 404
    assert "No best part yet" in (await web.http.get(track)).text
    await ada.http.patch(f"/api/marks/{mark['id']}", json={"visibility": "unlisted"})
    await ada.http.delete(f"/api/marks/{mark['id']}")
    assert (await web.http.get(mark["share_url"])).status_code == 410


async def test_marks_leave_and_come_as_files(ada: Person, bob: Person) -> None:
    await save(ada)
    answer = await ada.http.get("/api/marks/export", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="marks.csv"'
    text = answer.text + "https://nowhere.example/,3,2\r\n"
    done = (await bob.http.post("/api/marks/import", json={"text": text})).json()
    total = (await ada.http.get("/api/marks", params={"mine": True})).json()["total"]
    assert (done["saved"], done["known"]) == (total, 0)
    assert [each["number"] for each in done["failed"]] == [total + 1]
    bad = await bob.http.post("/api/marks/import", json={"text": "nothing"})
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_input")


async def test_an_artist_s_report_is_for_anybody(web: Web, ada: Person) -> None:
    mark = await save(ada, visibility="public")
    name = f"Artist, {uuid.uuid4().hex}"
    assert web.settings.database_url is not None
    database = await asyncpg.connect(web.settings.database_url.get_secret_value())
    try:
        await database.execute(
            "UPDATE track_sources SET artist = $2 WHERE track_id = $1", mark["track_id"], name
        )
    finally:
        await database.close()
    query = {"name": name.upper()}
    report = (await web.http.get("/api/artists/report", params=query)).json()
    assert report["label"].startswith("Moments' own data")
    assert (report["artist"], report["people"]) == (name, None)
    assert [each["id"] for each in report["tracks"]] == [mark["track_id"]]
    assert report["shares"] == [{"way": "page", "people": 1, "number": 1, "opened": 0}]
    table = await web.http.get("/api/artists/report", params={**query, "format": "csv"})
    assert table.headers["content-disposition"] == 'attachment; filename="artist.csv"'
    assert table.text.splitlines()[-1] == f"track,{mark['track_id']},"
    assert (await web.http.get("/t/artist", params=query)).status_code == 200
    for wrong, status in (({}, 400), ({"name": "\0"}, 400), ({"name": "x" * 201}, 400)):
        answer = await web.http.get("/api/artists/report", params=wrong)
        assert answer.status_code == status, answer.text


async def test_filters_by_a_track_follow_it_into_another(web: Web, ada: Person) -> None:
    old, new = await save(ada), await save(ada, url=VIDEO + uuid.uuid4().hex[:11])
    assert web.settings.database_url is not None
    database = await asyncpg.connect(web.settings.database_url.get_secret_value())
    try:
        await database.execute(
            "UPDATE tracks SET merged_into = $2 WHERE id = $1", old["track_id"], new["track_id"]
        )
    finally:
        await database.close()
    for track, wanted in ((old["track_id"], [new["id"]]), ("track_never_was", [])):
        listed = (await ada.http.get("/api/marks", params={"track_id": track})).json()
        assert [each["id"] for each in listed["items"]] == wanted
        answer = await ada.http.get("/api/moments/list", params={"trackId": track})
        assert [each["moment"]["id"] for each in answer.json()["moments"]] == wanted


async def test_what_is_discovered_on_the_wire(ada: Person, bob: Person) -> None:
    url = f"https://cdn.example.org/{uuid.uuid4().hex}.mp3"
    bodies = [{"url": url, "start": at, "end": at + 9, "tags": ["drop"]} for at in (1, 60)]
    one, two = [(await ada.http.post("/api/marks", json=body)).json() for body in bodies]
    path = f"/api/moments/{one['id']}/similar"
    found = (await ada.http.get(path, params={"region": "de"})).json()
    assert found["total"] == 1
    [item] = found["items"]
    assert (item["moment_id"], item["start"], item["end"]) == (two["id"], 60, 69)
    assert item["reason"] == "Both are tagged “drop”."
    assert (await ada.http.get(path, params={"region": "1"})).status_code == 400
    assert (await bob.http.get(path)).status_code == 404
    for method, body, query in (
        ("PUT", {"subject": two["id"]}, {}),
        ("PUT", {"subject": two["id"]}, {}),
        ("DELETE", None, {"subject": two["id"]}),
        ("PUT", {"subject": two["track_id"]}, {}),
    ):
        done = await ada.http.request(method, "/api/discover/dismissed", json=body, params=query)
        assert (done.status_code, done.json()) == (200, {"success": True})
    assert (await ada.http.get(path)).json()["items"] == []
    artists = "/api/discover/artists"
    assert (await ada.http.put(artists, json={"name": "Orla Venn"})).status_code == 200
    page = (await ada.http.get("/api/discover")).json()
    assert (page["saved"], page["needed"], page["following"]) == (2, 3, 1)
    assert (await ada.http.delete(artists, params={"name": "orla venn"})).status_code == 200
    assert (await ada.http.get("/api/discover")).json()["following"] == 0
    refused = await ada.http.put("/api/discover/dismissed", json={"subject": "user_1"})
    assert (refused.status_code, refused.json()["fields"]) == (
        400,
        {"subject": "must be the id of a moment or of a track"},
    )
