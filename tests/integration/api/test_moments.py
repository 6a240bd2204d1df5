"""`/api/moments` and `/api/vms`, to the letter of the specification: bodies, filters, statuses."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.support.web import Person, Web

BODY: dict[str, Any] = {
    "title": "Homepage redesign",
    "description": "New layout live",
    "tags": ["frontend", "release"],
    "gitBranch": "main",
    "gitCommitHash": "abc123",
    "gitCommitMessage": "feat: layout",
    "gitAuthor": "John Doe",
    "gitAuthorEmail": "john@example.com",
    "gitCommitDate": "2024-01-01T00:00:00Z",
    "gitDiff": "diff --git a/x b/x\n",
    "metadata": {"build": 7},
}
INSIGHT: dict[str, Any] = {
    "images": ["https://example.org/a.png"],
    "speakers": [
        {
            "text": "Well done",
            "speaker_identifier": "speaker_1",
            "timestamp": "2024-01-01T00:00:01.000Z",
            "emotion": "happy",
        }
    ],
    "keyEmotions": ["collaborative"],
    "emotionTags": ["joy"],
    "topicTags": ["design"],
}
ASSET: dict[str, Any] = {
    "assetType": "log_file",
    "fileName": "build.log",
    "mimeType": "text/plain",
    "fileSizeBytes": 5,
    "uploadMethod": "api",
}


async def create(person: Person, **values: object) -> dict[str, Any]:
    answer = await person.http.post("/api/moments/create", json={**BODY, **values})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["moment"]
    return made


async def register(person: Person, name: str = "production-web") -> dict[str, str]:
    answer = await person.http.post("/api/vms", json={"name": name})
    assert answer.status_code == 201, answer.text
    vm = answer.json()
    return {"X-VM-ID": vm["id"], "X-VM-Token": vm["token"]}


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def test_the_example_of_the_specification(ada: Person) -> None:
    answer = await ada.http.post("/api/moments/create", json=BODY | INSIGHT)
    assert answer.status_code == 200
    body = answer.json()
    moment = body["moment"]
    assert body["success"] is True
    given = {**BODY, **INSIGHT, "gitCommitDate": "2024-01-01T00:00:00.000Z"}
    assert {name: moment[name] for name in given} == given
    assert moment["id"].startswith("moment_")
    assert moment["organizationId"] == ada.organization_id
    assert moment["createdBy"].startswith("user_")
    assert (moment["vmId"], moment["isDeleted"], moment["deletedAt"]) == (None, False, None)
    assert (moment["kind"], moment["visibility"]) == ("commit", "organization")
    assert moment["createdAt"] == moment["updatedAt"]
    assert moment["createdAt"].endswith("Z")

    detail = (await ada.http.get(f"/api/moments/{moment['id']}")).json()
    assert detail["moment"]["moment"] == moment
    assert detail["moment"]["createdByUser"]["email"] == ada.email
    assert (detail["success"], detail["moment"]["vm"], detail["assets"]) == (True, None, [])


async def test_only_a_title_is_required(ada: Person) -> None:
    answer = await ada.http.post("/api/moments/create", json={"title": "Note"})
    moment = answer.json()["moment"]
    assert (moment["kind"], moment["tags"], moment["metadata"]) == ("note", [], {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 201),
        ("title", None),
        ("title", 7),
        ("tags", "frontend"),
        ("tags", ["x" * 51]),
        ("tags", [f"tag {n}" for n in range(31)]),
        ("gitCommitDate", "yesterday"),
        ("metadata", "text"),
        ("metadata", {"big": "x" * 70_000}),
        ("speakers", [{"text": "x"}]),
        ("speakers", [{"text": "x", "speaker_identifier": "a", "timestamp": "now"}]),
        ("images", ["javascript:alert(1)"]),
        ("visibility", "secret"),
        ("startS", 5),
        ("endS", -1),
        ("unknown", 1),
    ],
)
async def test_a_bad_field_is_named(ada: Person, field: str, value: object) -> None:
    answer = await ada.http.post("/api/moments/create", json={**BODY, field: value})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "Invalid request body"


async def test_a_fault_of_ours_has_the_specified_sentence(web: Web, ada: Person) -> None:
    vm = await register(ada)
    url = web.settings.database_url
    assert url is not None
    database = await asyncpg.connect(url.get_secret_value())
    await database.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'a secret'; END $$;"
        "CREATE TRIGGER fails BEFORE INSERT ON moments FOR EACH ROW"
        " WHEN (NEW.title = 'Fails') EXECUTE FUNCTION fail()"
    )
    body = BODY | {"title": "Fails"}
    answers = [
        await ada.http.post("/api/moments/create", json=body),
        await web.http.post("/api/moments/vm/create", json=body, headers=vm),
    ]
    await database.execute("DROP TRIGGER fails ON moments; DROP FUNCTION fail()")
    await database.close()
    for answer in answers:
        told = answer.json()
        assert (answer.status_code, told["error"]) == (500, "Failed to create moment")
        assert "secret" not in answer.text


async def test_filters_all_hold(ada: Person) -> None:
    one = await create(ada, title="One", tags=["a", "b"], gitBranch="main")
    two = await create(ada, title="Two", tags=["a"], gitBranch="next", metadata={})
    source = {"provider": "youtube", "providerId": "x", "durationS": 60}
    three = await create(ada, title="Three", tags=[], source=source, startS=1, endS=9)

    async def found(**query: object) -> list[str]:
        answer = await ada.http.get("/api/moments/list", params=query)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["total"] == len(body["moments"])
        return [item["moment"]["id"] for item in body["moments"]]

    everything = [three["id"], two["id"], one["id"]]
    assert await found() == everything
    assert await found(tags=["a", "b"]) == [one["id"]]
    assert await found(tags="a", gitBranch="next") == [two["id"]]
    assert await found(q="tw") == [two["id"]]
    assert await found(provider="youtube") == [three["id"]]
    assert await found(createdBy=one["createdBy"]) == everything
    assert await found(vmId="vm_nothing") == []
    assert await found(to="2020-01-01T00:00:00Z") == []
    assert await found(**{"from": "2020-01-01T00:00:00Z"}) == everything
    item = (await ada.http.get("/api/moments/list", params={"limit": 1})).json()
    assert (item["total"], item["limit"], item["offset"]) == (3, 1, 0)
    assert item["moments"][0]["assetCount"] == 0
    rest = {"cursor": item["nextCursor"]}
    after = (await ada.http.get("/api/moments/list", params=rest)).json()["moments"]
    assert [each["moment"]["id"] for each in after] == everything[1:]


@pytest.mark.parametrize("query", ["limit=101", "offset=-1", "from=now", "cursor=!", "kind=film"])
async def test_a_bad_filter_is_400(ada: Person, query: str) -> None:
    assert (await ada.http.get(f"/api/moments/list?{query}")).status_code == 400


async def test_change_delete_and_restore(ada: Person) -> None:
    made = await create(ada)
    path = f"/api/moments/{made['id']}"
    changed = await ada.http.patch(path, json={"title": "New", "tags": [], **INSIGHT})
    moment = changed.json()["moment"]
    assert (moment["title"], moment["tags"]) == ("New", [])
    assert {name: moment[name] for name in INSIGHT} == INSIGHT
    assert (await ada.http.delete(path)).json() == {"success": True}
    gone = await ada.http.get(path)
    assert (gone.status_code, gone.json()["error"]) == (404, "Moment not found")
    assert (await ada.http.delete(path)).status_code == 404
    assert (await ada.http.post(f"{path}/restore")).json() == {"success": True}
    assert (await ada.http.get(path)).status_code == 200


async def test_nobody_and_other_organisations(web: Web, ada: Person, bob: Person) -> None:
    made = await create(ada)
    path = f"/api/moments/{made['id']}"
    nobody = await web.http.post("/api/moments/create", json=BODY)
    assert nobody.status_code == 401
    assert nobody.json()["error"] == "Missing or invalid authentication"
    for answer in (
        await bob.http.get(path),
        await bob.http.patch(path, json={"title": "stolen"}),
        await bob.http.delete(path),
        await bob.http.post(f"{path}/restore"),
        await bob.http.post(f"{path}/assets/upload", json=ASSET),
    ):
        assert (answer.status_code, answer.json()["error"]) == (404, "Moment not found")
    assert (await bob.http.get("/api/moments/list")).json()["total"] == 0


async def test_vms_are_registered_renamed_rotated_and_revoked(web: Web, ada: Person) -> None:
    made = (await ada.http.post("/api/vms", json={"name": "build-1"})).json()
    assert set(made) == {"id", "name", "token", "createdAt", "lastSeenAt"}
    assert made["lastSeenAt"] is None
    page = (await ada.http.get("/api/vms")).json()
    assert (page["total"], page["items"][0]["name"]) == (1, "build-1")
    assert "token" not in page["items"][0]
    path = f"/api/vms/{made['id']}"
    assert (await ada.http.patch(path, json={"name": "build-2"})).json()["name"] == "build-2"
    rotated = (await ada.http.post(f"{path}/rotate-token")).json()
    old = {"X-VM-ID": made["id"], "X-VM-Token": made["token"]}
    new = {"X-VM-ID": made["id"], "X-VM-Token": rotated["token"]}
    create_path = "/api/moments/vm/create"
    assert (await web.http.post(create_path, json=BODY, headers=old)).status_code == 401
    assert (await web.http.post(create_path, json=BODY, headers=new)).status_code == 200
    assert (await ada.http.get(path)).json()["lastSeenAt"] is not None
    assert (await ada.http.delete(path)).json() == {"success": True}
    revoked = await web.http.post(create_path, json=BODY, headers=new)
    assert revoked.json()["error"] == "Missing or invalid authentication"
    assert (await ada.http.get(path)).status_code == 404


async def test_a_vm_touches_only_what_it_created(web: Web, ada: Person) -> None:
    mine, other = await register(ada), await register(ada, "other")
    answer = await web.http.post(
        "/api/moments/vm/create", json={**BODY, "visibility": "private"}, headers=mine
    )
    moment = answer.json()["moment"]
    assert moment["metadata"] == {"build": 7, "createdByVMAgent": True, "vmName": "production-web"}
    assert moment["vmId"] == mine["X-VM-ID"]
    assert moment["createdBy"] is None
    upload = f"/api/moments/vm/{moment['id']}/assets/upload"
    assert (await web.http.post(upload, json=ASSET, headers=mine)).status_code == 200
    assert (await web.http.post(upload, json=ASSET, headers=other)).status_code == 404
    hers = await create(ada, vmId=moment["vmId"])
    not_mine = await web.http.post(
        f"/api/moments/vm/{hers['id']}/assets/upload", json=ASSET, headers=mine
    )
    assert not_mine.status_code == 404
    named = await web.http.post(
        "/api/moments/vm/create", json={**BODY, "vmId": other["X-VM-ID"]}, headers=mine
    )
    assert (named.status_code, list(named.json()["fields"])) == (400, ["vmId"])
    assert (await web.http.get("/api/moments/list", headers=mine)).status_code == 401
    listed = (await ada.http.get("/api/moments/list", params={"vmId": moment["vmId"]})).json()
    assert listed["moments"][0]["vm"] == {"id": moment["vmId"], "name": "production-web"}
    unknown = await ada.http.post("/api/moments/create", json={**BODY, "vmId": "vm_x"})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "VM not found")


async def test_a_file_is_uploaded_once_by_its_signed_url(ada: Person, web: Web) -> None:
    made = await create(ada)
    answer = await ada.http.post(f"/api/moments/{made['id']}/assets/upload", json=ASSET)
    begun = answer.json()
    assert begun["success"] is True
    assert begun["gcsPath"] == f"{made['id']}/{begun['assetId']}-build.log"
    put = path_of(begun["uploadUrl"])
    text = {"content-type": "text/plain"}
    wrong = {"content-type": "text/html"}
    assert (await web.http.put(put, content=b"hello", headers=wrong)).status_code == 415
    assert (await web.http.put(put, content=b"hello!", headers=text)).status_code == 413
    assert (await web.http.put(put, content=b"hell", headers=text)).status_code == 400
    forged = put.replace("size=5", "size=6")
    assert (await web.http.put(forged, content=b"hello!", headers=text)).status_code == 403
    detail = (await ada.http.get(f"/api/moments/{made['id']}")).json()
    assert detail["assets"][0]["asset"]["processingStatus"] == "pending"
    assert detail["assets"][0]["downloadUrl"] is None
    assert (await web.http.put(put, content=b"hello", headers=text)).status_code == 200
    again = await web.http.put(put, content=b"other", headers=text)
    assert (again.status_code, again.json()["code"]) == (409, "already_uploaded")
    [item] = (await ada.http.get(f"/api/moments/{made['id']}")).json()["assets"]
    asset = item["asset"]
    assert (asset["processingStatus"], asset["fileSizeBytes"]) == ("processing", 5)
    assert asset["gcsBucket"] == "moments-" + ada.organization_id.lower().replace("_", "-")
    assert item["uploadedByUser"]["email"] == ada.email
    assert (await web.http.get(path_of(item["downloadUrl"]))).content == b"hello"
    status = f"/api/moments/assets/{asset['id']}/status"
    for body in ({"status": "completed", "metadata": {"width": 2}}, {"status": "completed"}):
        assert (await ada.http.post(status, json=body)).json() == {"success": True}
    [item] = (await ada.http.get(f"/api/moments/{made['id']}")).json()["assets"]
    assert item["asset"]["metadata"]["width"] == 2


async def test_a_file_is_uploaded_in_pieces_or_given_up(ada: Person, web: Web) -> None:
    made = await create(ada)
    tus = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}

    async def begin() -> str:
        answer = await ada.http.post(f"/api/moments/{made['id']}/assets/upload", json=ASSET)
        return path_of(answer.json()["uploadUrl"])

    async def send(path: str, data: bytes, offset: int) -> int:
        headers = {**tus, "upload-offset": str(offset)}
        answer = await web.http.patch(path, content=data, headers=headers)
        assert answer.headers["tus-resumable"] == "1.0.0"
        return answer.status_code

    path = await begin()
    assert await send(path, b"hel", 0) == 204
    assert await send(path, b"lo", 0) == 409
    assert await send(path, b"lo", 3) == 204
    assert (await web.http.head(path, headers=tus)).headers["upload-offset"] == "5"
    assert await send(path, b"", 5) == 409  # replayed
    [item] = (await ada.http.get(f"/api/moments/{made['id']}")).json()["assets"]
    assert item["asset"]["processingStatus"] == "processing"
    assert (await web.http.get(path_of(item["downloadUrl"]))).content == b"hello"

    path = await begin()
    assert await send(path, b"hel", 0) == 204
    assert (await web.http.delete(path, headers=tus)).status_code == 204
    assert await send(path, b"lo", 3) == 404
    assert len((await ada.http.get(f"/api/moments/{made['id']}")).json()["assets"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("assetType", "film"),
        ("fileSizeBytes", 524_288_001),
        ("fileSizeBytes", -1),
        ("mimeType", "image"),
        ("mimeType", "text/html\r\nx: y"),
        ("uploadMethod", "fax"),
        ("fileName", ""),
    ],
)
async def test_a_bad_file_is_refused_before_its_bytes(
    ada: Person, field: str, value: object
) -> None:
    made = await create(ada)
    path = f"/api/moments/{made['id']}/assets/upload"
    assert (await ada.http.post(path, json={**ASSET, field: value})).status_code == 400


async def test_file_names_are_names_and_never_paths(ada: Person) -> None:
    made = await create(ada)
    body = {**ASSET, "fileName": "../../etc/pass\u202ewd\0.log"}
    answer = await ada.http.post(f"/api/moments/{made['id']}/assets/upload", json=body)
    if answer.status_code == 200:
        assert answer.json()["gcsPath"].endswith("-passwd.log")
    else:
        assert answer.status_code == 400


async def test_a_selection_is_exported_by_a_form_and_imported_again(
    ada: Person, bob: Person
) -> None:
    body = {"title": "<b>Release</b>", "gitDiff": "+1", "gitCommitHash": "7be20aa"}
    made = (await ada.http.post("/api/moments/create", json=body)).json()["moment"]["id"]
    fields = {"ids": made}
    page = await ada.http.post("/api/moments/export/html/form", data=fields)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-disposition"].startswith("attachment")
    assert "&lt;b&gt;Release&lt;/b&gt;" in page.text
    archive = await ada.http.post("/api/moments/export/zip/form", data=fields)
    assert archive.headers["content-type"] == "application/zip"
    assert (await ada.http.post("/api/moments/export/exe/form", data=fields)).status_code == 400
    assert (await bob.http.post("/api/moments/export", json={"ids": [made]})).status_code == 404
    counts = []
    for person in (ada, bob, bob):
        done = await person.http.post("/api/moments/import", content=archive.content)
        assert done.status_code == 200, done.text
        counts.append((done.json()["saved"], done.json()["known"]))
    assert counts == [(0, 1), (1, 0), (0, 1)]
    refused = await ada.http.post("/api/moments/import", content=b"PK")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_archive")
