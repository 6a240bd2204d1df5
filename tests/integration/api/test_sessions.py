"""Chats on the wire: statuses, roles, tenants, and the moment that a call is about."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.integration.api.test_hostile import invited
from tests.integration.api.test_moments import BODY, create
from tests.support.web import Person, Web

UNSEEN, REFUSED, UNKNOWN = 404, 403, 401
ABSENT = "moment_01jdk2v7w8x9y0z1a2b3c4d5e6"


class Guests:
    """Clients of people in other roles, closed at the end."""

    def __init__(self, web: Web, stack: AsyncExitStack) -> None:
        self._web = web
        self._stack = stack

    async def enter(self, owner: Person, role: str) -> httpx.AsyncClient:
        """Return a client of somebody who was invited."""
        return await self._stack.enter_async_context(await invited(self._web, owner, role))


@pytest_asyncio.fixture
async def guests(web: Web) -> AsyncIterator[Guests]:
    async with AsyncExitStack() as stack:
        yield Guests(web, stack)


async def _program(person: Person) -> httpx.AsyncClient:
    """Return a client with an API token of a person."""
    token = (await person.http.post("/api/tokens", json={"name": "bot"})).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=person.http.base_url, headers=headers, timeout=120)


async def _chat(person: Person, **body: object) -> dict[str, Any]:
    made = await person.http.post("/api/sessions", json=body)
    assert made.status_code == 201, made.text
    chat: dict[str, Any] = made.json()
    return chat


async def test_each_role_and_stranger(web: Web, ada: Person, bob: Person, guests: Guests) -> None:
    moment_id = (await create(ada))["id"]
    chat = await _chat(ada, moment_id=moment_id)
    url = f"/api/sessions/{chat['id']}"
    expected = {
        "owner": (ada.http, 200, 201),
        "admin": (await guests.enter(ada, "admin"), 200, 201),
        "member": (await guests.enter(ada, "member"), 200, 201),
        "viewer": (await guests.enter(ada, "viewer"), 200, REFUSED),
        "stranger": (bob.http, UNSEEN, UNSEEN),
        "nobody": (web.http, UNKNOWN, UNKNOWN),
    }
    for role, (http, reads, writes) in expected.items():
        for path in (url, f"{url}/messages"):
            assert (await http.get(path)).status_code == reads, (role, path)
        said = await http.post(f"{url}/messages", json={"content": f"Hello from {role}"})
        assert said.status_code == writes, (role, said.text)
        changed = await http.patch(url, json={"title": "By its creator and admins"})
        may_edit = {"owner": 200, "admin": 200, "member": REFUSED}
        assert changed.status_code == may_edit.get(role, writes), (role, changed.text)
        if role in {"member", "viewer", "stranger", "nobody"}:
            assert (await http.delete(url)).status_code == may_edit.get(role, writes), role
    listed = (await ada.http.get("/api/sessions", params={"moment_id": moment_id})).json()
    assert [item["id"] for item in listed["items"]] == [chat["id"]]
    assert (await bob.http.get("/api/sessions")).json()["items"] == []
    stolen = await bob.http.post("/api/sessions", json={"moment_id": moment_id})
    assert stolen.status_code == UNSEEN
    messages = (await ada.http.get(f"{url}/messages")).json()
    assert [m["content"] for m in messages["items"]] == [
        f"Hello from {role}" for role in ("owner", "admin", "member")
    ]
    assert (await ada.http.delete(url)).json() == {"success": True}
    assert (await ada.http.get(url)).status_code == UNSEEN
    undone = {"member": REFUSED, "admin": 200, "owner": UNSEEN}  # the admin has restored it
    for role, (http, _, writes) in reversed(expected.items()):
        restored = await http.post(f"{url}/restore")
        assert restored.status_code == undone.get(role, writes), role
    assert (await ada.http.get(url)).status_code == 200


async def test_a_private_chat_is_its_creators_alone(ada: Person, guests: Guests) -> None:
    member = await guests.enter(ada, "member")
    made = await member.post("/api/sessions", json={"visibility": "private"})
    url = f"/api/sessions/{made.json()['id']}"
    assert (await ada.http.get(url)).status_code == UNSEEN  # an owner, too
    assert (await ada.http.get("/api/sessions")).json()["total"] == 0
    assert (await ada.http.post(f"{url}/messages", json={"content": "a"})).status_code == UNSEEN
    assert (await member.patch(url, json={"visibility": "organization"})).status_code == 200
    assert (await ada.http.get(url)).status_code == 200


async def test_a_chat_is_hidden_with_its_moment(ada: Person, guests: Guests) -> None:
    moment_id = (await create(ada))["id"]
    url = f"/api/sessions/{(await _chat(ada, moment_id=moment_id))['id']}"
    member = await guests.enter(ada, "member")
    assert (await member.get(url)).status_code == 200
    hidden = await ada.http.patch(f"/api/moments/{moment_id}", json={"visibility": "private"})
    assert hidden.status_code == 200, hidden.text
    assert (await member.get(url)).status_code == UNSEEN
    # What was written about it stays hidden when the chat turns to something else.
    await ada.http.post(f"{url}/messages", json={"content": "About the secret"})
    assert (await ada.http.patch(url, json={"moment_id": None})).status_code == 200
    assert (await member.get(url)).status_code == 200
    assert (await member.get(f"{url}/messages")).json()["items"] == []
    assert len((await ada.http.get(f"{url}/messages")).json()["items"]) == 1


async def test_people_write_as_user_and_programs_in_any_role(ada: Person) -> None:
    chat = await _chat(ada)
    url = f"/api/sessions/{chat['id']}/messages"
    async with await _program(ada) as program:
        for role in ("user", "assistant", "system"):
            body = {"role": role, "content": "x"}
            by_person = await ada.http.post(url, json=body)
            assert by_person.status_code == (201 if role == "user" else REFUSED), by_person.text
            written = await program.post(url, json=body)
            assert written.status_code == 201, written.text
            assert written.json()["role"] == role
            assert written.json()["created_by"] == chat["created_by"]
            assert written.json()["citations"] == []
    page = (await ada.http.get(url, params={"limit": 2, "offset": 1})).json()
    assert [item["role"] for item in page["items"]] == ["user", "assistant"]
    assert page["total"] == 4
    assert (await ada.http.get(f"/api/sessions/{chat['id']}")).json()["title"] == "x"


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": " "}, {"content": "a", "role": "owner"}, []]
)
async def test_bad_messages(ada: Person, body: object) -> None:
    chat = await _chat(ada, title="Kept")
    answer = await ada.http.post(f"/api/sessions/{chat['id']}/messages", json=body)
    assert answer.status_code == 400, answer.text


async def test_the_moment_that_a_call_is_about(web: Web, ada: Person, bob: Person) -> None:
    moment_id, other = (await create(ada))["id"], (await create(ada))["id"]

    def about(moment: str) -> dict[str, str]:
        return {"X-Moment-Id": moment}

    for method, path in (("GET", "/api/auth/session"), ("POST", "/api/sessions")):
        for moment, status in (("", 400), ("moment_1", 400), ("x" * 5000, 400), (ABSENT, 404)):
            answer = await ada.http.request(method, path, json={}, headers=about(moment))
            assert answer.status_code == status, (method, path, moment)
        theirs = await bob.http.request(method, path, json={}, headers=about(moment_id))
        assert theirs.status_code == 404
    assert (await ada.http.get("/api/sessions")).json()["total"] == 0
    assert (await web.http.get("/api/sessions", headers=about(moment_id))).status_code == 401

    made = await ada.http.post("/api/sessions", json={}, headers=about(moment_id))
    assert made.json()["moment_id"] == moment_id
    url = f"/api/sessions/{made.json()['id']}"
    named = await ada.http.post(
        "/api/sessions", json={"moment_id": other}, headers=about(moment_id)
    )
    assert named.json()["moment_id"] == other  # the body is more exact
    await ada.http.patch(url, json={"title": "Renamed"}, headers=about(other))
    assert (await ada.http.get(url)).json()["moment_id"] == other
    await ada.http.post(f"{url}/messages", json={"content": "a"}, headers=about(moment_id))
    assert (await ada.http.get(url)).json()["moment_id"] == moment_id


async def test_another_persons_chat_is_not_taken_away(ada: Person, guests: Guests) -> None:
    shared, member = (await create(ada))["id"], await guests.enter(ada, "member")
    hidden = (await member.post("/api/moments/create", json=BODY)).json()["moment"]["id"]
    secret = await member.patch(f"/api/moments/{hidden}", json={"visibility": "private"})
    assert secret.status_code == 200, secret.text
    viewer = await guests.enter(ada, "viewer")
    for moment_id in (shared, None):
        url = f"/api/sessions/{(await _chat(ada, moment_id=moment_id))['id']}"
        said = await ada.http.post(f"{url}/messages", json={"content": "Mine"})
        headers = {"X-Moment-Id": hidden}
        await member.post(f"{url}/messages", json={"content": "a"}, headers=headers)
        assert (await ada.http.get(url)).json()["moment_id"] == moment_id
        found = (await viewer.get(f"{url}/messages")).json()["items"]
        assert [m["content"] for m in found] == ["Mine", "a"], said.text
    admin = await guests.enter(ada, "admin")
    own = (await admin.post("/api/moments/create", json=BODY)).json()["moment"]["id"]
    await admin.patch(f"/api/moments/{own}", json={"visibility": "private"})
    assert (await admin.patch(url, json={"moment_id": own})).status_code == REFUSED
    assert (await admin.patch(url, json={"moment_id": shared})).status_code == 200
