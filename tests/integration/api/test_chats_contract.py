"""Every status of every operation of chats, search and discovery, for each role and tenant.

The table is generated from the document, so a new operation is in it; a status that an operation
has and does not document fails the test.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest_asyncio

from tests.integration.api.test_hostile import invited
from tests.integration.api.test_moments import create
from tests.integration.api.test_other_organisations import body_of
from tests.support.web import Person, Web

TAGS: Final = {"Chats", "Search", "Discovery"}
ABSENT: Final = "moment_01jdk2v7w8x9y0z1a2b3c4d5e6"
BODIES: Final[dict[str, object]] = {
    "NewSessionIn": {"title": "Layout"},
    "SessionPatch": {"title": "Layout"},
    "MessageIn": {"content": "Why?"},
    "QuestionIn": {"content": "Why?"},
    "SearchIn": {"query": "why"},
    "SearchAllIn": {"query": "why"},
    "KeptSearchIn": {"query": "why"},
    "SubjectIn": {"subject": ABSENT},
    "ArtistIn": {"name": "Glass Harbour"},
}
NEEDED: Final = {"query": "why", "subject": ABSENT, "name": "Glass Harbour"}
# Whoever may only look may still search, and see to their own suggestions.
OF_VIEWERS: Final = ("/api/search", "/api/chats/search", "/api/discover")
Operation = dict[str, Any]


@dataclass
class Table:
    """Asks as different people, and keeps which statuses each operation has answered."""

    clients: dict[str, httpx.AsyncClient]
    document: dict[str, Any]
    ids: dict[str, str]
    seen: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def operations(self) -> list[tuple[str, str, Operation]]:
        """Return each method, path and operation; a chat is deleted, then restored, at the end."""
        found = [
            (method, path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if TAGS & {*operation.get("tags", ())}
        ]
        return sorted(found, key=lambda each: (each[1].endswith("restore"), each[0] == "delete"))

    async def ask(
        self,
        who: str,
        at: tuple[str, str, Operation],
        *statuses: int,
        **more: Any,  # noqa: ANN401 (httpx's)
    ) -> httpx.Response:
        """Ask with what the operation needs and `more`; fail unless it has one of the statuses."""
        method, path, operation = at
        ids = {**self.ids, **more.pop("ids", {})}
        params = {
            each["name"]: NEEDED[each["name"]]
            for each in operation.get("parameters", ())
            if each["in"] == "query" and each.get("required")
        } | more.pop("params", {})
        if "content" not in more:
            more.setdefault("json", body_of(operation, BODIES))
        url = path.format(**ids)
        answer = await self.clients[who].request(method.upper(), url, params=params, **more)
        assert answer.status_code in statuses, (who, method, path, more, answer.text)
        if answer.status_code >= 400:
            assert {"error", "code"} <= answer.json().keys(), answer.text
        self.seen[method, path].add(answer.status_code)
        return answer


@pytest_asyncio.fixture
async def table(web: Web, ada: Person, bob: Person) -> AsyncIterator[Table]:
    moment_id = (await create(ada))["id"]
    chat = (await ada.http.post("/api/sessions", json={"moment_id": moment_id})).json()
    kept = (await ada.http.post("/api/searches", json={"query": "kept"})).json()
    document = (await web.http.get("/api/openapi.json")).json()
    async with await invited(web, ada, "viewer") as viewer:
        clients = {"owner": ada.http, "viewer": viewer, "stranger": bob.http, "nobody": web.http}
        ids = {"moment_id": moment_id, "chat_id": chat["id"], "search_id": kept["id"]}
        yield Table(clients, document, ids)


async def test_every_status_of_every_operation(table: Table, ada: Person) -> None:
    operations = table.operations()
    for at in operations:
        await _refused(table, at, ada.organization_id)
    for at in operations:
        await _answered(table, at)
    unsaid = {
        (method, path): missing
        for method, path, operation in operations
        if (missing := table.seen[method, path] - {int(each) for each in operation["responses"]})
    }
    assert unsaid == {}
    assert len(operations) >= 20


async def _refused(table: Table, at: tuple[str, str, Operation], organization_id: str) -> None:
    """Ask as those who may not, and with what cannot be."""
    _, path, operation = at
    names = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    body = body_of(operation, BODIES)
    await table.ask("nobody", at, 401)
    for moment_id, status in (("moment_1", 400), (ABSENT, 404)):
        await table.ask("owner", at, status, headers={"X-Moment-Id": moment_id})
    await table.ask("stranger", at, 404, headers={"X-Moment-Id": table.ids["moment_id"]})
    of_ours = {"X-Organization-Id": organization_id}
    await table.ask("stranger", at, 404, headers=of_ours)
    if "{" in path:
        await table.ask("stranger", at, 404)
        for absent, status in ((ABSENT, 404), ("x", 404), ("session_1", 404), ("%00", 400)):
            await table.ask("owner", at, status, ids=dict.fromkeys(table.ids, absent))
    for name, values in {
        "limit": ("0", "101", "x"),
        "offset": ("-1", "x"),
        "query": ("", " ", "a" * 401),
        "name": ("", "a" * 201),
        "subject": ("", "a" * 65),
        "moment_id": ("a" * 65,),
        "since": ("yesterday",),
        "kind": ("secret",),
        "region": ("DEU",),
    }.items():
        for value in values if name in names else ():
            await table.ask("owner", at, 400, params={name: value})
    if body is None:
        return
    for wrong in (b"{", b"[]", b"\xff", b'{"secret": 1}'):
        kind = {"Content-Type": "application/json"}
        await table.ask("owner", at, 400, content=wrong, headers=kind)
    await table.ask("owner", at, 415, content=b"a=b", headers={"Content-Type": "text/plain"})
    await table.ask("owner", at, 413, json={"title": "a" * 20_000_000})


async def _answered(table: Table, at: tuple[str, str, Operation]) -> None:
    """Ask as those who may, and for the same thing again."""
    method, path, operation = at
    body = body_of(operation, BODIES)
    is_write = method != "get" and not path.startswith(OF_VIEWERS)
    seen = (404,) if "{search_id}" in path else (200, 201)  # another person's search
    await table.ask("viewer", at, *((403,) if is_write else seen))
    keyed = {"headers": {"Idempotency-Key": f"{method}{path}"}}
    await table.ask("owner", at, 200, 201, 409, **keyed)
    if isinstance(body, dict) and is_write:
        other = {name: f"{value}!" for name, value in body.items()}
        await table.ask("owner", at, 409, json=other, **keyed)
