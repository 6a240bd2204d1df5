"""Each endpoint of spec 1 as each kind of caller, on the folder store and on a real S3 server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from domain.infra.postgres import Server
from tests.integration.api.test_hostile import invited
from tests.integration.api.test_moments import ASSET, BODY, create, path_of, register
from tests.support.rclone import S3Server, s3_settings
from tests.support.web import Person, Web, web_running

ABSENT, UNKNOWN = (404, "Moment not found"), (401, "Missing or invalid authentication")
REFUSED = (403, "Unauthorized to perform this action")
OK = (200, None)
# Who is turned away, and how; the others are let in.
OF_USERS = {"vm": UNKNOWN, "other vm": UNKNOWN, "revoked vm": UNKNOWN, "nobody": UNKNOWN}
OF_VMS = dict.fromkeys(("owner", "admin", "member", "viewer", "stranger", "nobody"), UNKNOWN)
TO_READ = OF_USERS | {"stranger": ABSENT}
TO_WRITE = TO_READ | {"viewer": REFUSED}
ENDPOINTS: list[tuple[str, str, dict[str, Any] | None, dict[str, tuple[int, str]]]] = [
    ("POST", "/create", BODY, OF_USERS | {"viewer": REFUSED}),
    ("GET", "/list", None, OF_USERS),
    ("GET", "/{moment}", None, TO_READ),
    ("PATCH", "/{moment}", {"title": "Renamed"}, TO_WRITE),
    ("POST", "/{moment}/assets/upload", ASSET, TO_WRITE),
    ("POST", "/assets/{asset}/status", {"status": "processing"}, TO_WRITE),
    ("DELETE", "/{moment}", None, TO_WRITE | {"member": REFUSED}),
    ("POST", "/{moment}/restore", None, TO_WRITE | {"member": REFUSED}),
    ("POST", "/vm/create", BODY, OF_VMS | {"revoked vm": UNKNOWN}),
    ("GET", "/vm/{of_vm}", None, OF_VMS | {"revoked vm": UNKNOWN, "other vm": ABSENT}),
    (
        "POST",
        "/vm/{of_vm}/assets/upload",
        ASSET,
        OF_VMS | {"revoked vm": UNKNOWN, "other vm": ABSENT},
    ),
]


@dataclass(frozen=True)
class World:
    """An organisation with one of each kind of caller, and what they ask for."""

    callers: dict[str, httpx.AsyncClient]
    ids: dict[str, str]
    owner: Person


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module", params=["folder", "s3"])
async def world(
    request: pytest.FixtureRequest, web: Web, server: Server, server_home: Path, s3_server: S3Server
) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        if request.param == "s3":
            home = server_home / "api-s3"
            store = s3_settings(home, s3_server).model_dump(
                include={"s3_endpoint_url", "s3_access_key", "s3_secret_key"}
            )
            running = web_running(home, server, "web_api_s3", demo=False, **store)
            web = await stack.enter_async_context(running)
        yield await _world(web, stack)


async def _world(web: Web, stack: AsyncExitStack) -> World:
    owner, stranger = await web.person(), await web.person()
    callers = {"owner": owner.http, "stranger": stranger.http}
    for role in ("admin", "member", "viewer"):
        callers[role] = await stack.enter_async_context(await invited(web, owner, role))
    names = ("vm", "other vm", "revoked vm")
    keys: dict[str, dict[str, str]] = {name: await register(owner, name) for name in names}
    await owner.http.delete(f"/api/vms/{keys['revoked vm']['X-VM-ID']}")
    for name, headers in (*keys.items(), ("nobody", {})):
        client = httpx.AsyncClient(base_url=web.url, headers=headers, timeout=120)
        callers[name] = await stack.enter_async_context(client)
    of_vm = (await callers["vm"].post("/api/moments/vm/create", json=BODY)).json()["moment"]["id"]
    moment = (await create(owner))["id"]
    upload = await owner.http.post(f"/api/moments/{moment}/assets/upload", json=ASSET)
    ids = {"of_vm": of_vm, "moment": moment, "asset": upload.json()["assetId"]}
    return World(callers, ids, owner)


@pytest.mark.parametrize(("method", "path", "body", "refused"), ENDPOINTS)
async def test_who_may(
    world: World,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    refused: dict[str, tuple[int, str]],
) -> None:
    answers = {}
    for name, caller in world.callers.items():
        ids = dict(world.ids)
        if method == "DELETE" or path.endswith("/restore"):
            ids["moment"] = (await create(world.owner))["id"]
        if path.endswith("/restore"):
            await world.owner.http.delete(f"/api/moments/{ids['moment']}")
        url = "/api/moments" + path.format(**ids)
        answer = await caller.request(method, url, json=body)
        answers[name] = (answer.status_code, answer.json().get("error"))
    expected = {name: refused.get(name, OK) for name in world.callers}
    if "/assets/{asset}/" in path:
        expected["stranger"] = (404, "Asset not found")
    assert answers == expected


async def test_what_is_uploaded_comes_back(world: World) -> None:
    moment = await create(world.owner)
    path = f"/api/moments/{moment['id']}/assets/upload"
    made = (await world.owner.http.post(path, json=ASSET)).json()
    url, type_ = path_of(made["uploadUrl"]), {"content-type": ASSET["mimeType"]}
    nobody = world.callers["nobody"]
    forged = await nobody.put(url[:-1] + ("a" if url[-1] != "a" else "b"), content=b"hello")
    assert forged.status_code == 403
    html = await nobody.put(url, content=b"hello", headers={"content-type": "text/html"})
    assert html.status_code in {400, 403, 415}
    longer = await nobody.put(url, content=b"hello, world", headers=type_)
    assert longer.status_code in {400, 413}
    assert (await nobody.put(url, content=b"hello", headers=type_)).status_code == 200
    replayed = await nobody.put(url, content=b"other", headers=type_)
    assert replayed.status_code in {403, 409, 410}
    shown = (await world.owner.http.get(f"/api/moments/{moment['id']}")).json()["assets"][0]
    down = await nobody.get(shown["downloadUrl"])
    assert (down.status_code, down.content) == (200, b"hello")
