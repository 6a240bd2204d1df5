"""A tab acts for the organisation that it was opened with, whatever another tab switches to."""

import asyncio
import json
import re

from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.integration.api.test_contract import make_stream
from tests.support.web import Person, Web


async def acts_for(person: Person) -> str:
    """Open a page, and return the organisation that its scripts name."""
    page = await person.http.get("/live")
    found = re.search(r'<meta name="moments-organization" content="(org_\w+)">', page.text)
    assert found, "the page does not say for whom it acts"
    return found[1]


async def test_a_tab_stays_with_its_organisation(web: Web, ada: Person) -> None:
    first = await acts_for(ada)
    assert first == ada.organization_id
    second = (await ada.http.post("/api/organizations", json={"name": "Second"})).json()["id"]
    assert await acts_for(ada) == second  # another tab, opened now

    in_first = {"x-organization-id": first}
    url = f"{web.url.replace('http', 'ws', 1)}/api/events?organization_id={first}"
    cookie = {"Cookie": f"moments_session={ada.cookie}"}
    async with connect(url, additional_headers=cookie, origin=Origin(web.url)) as socket:
        await asyncio.sleep(0.2)
        await make_stream(ada)
        made = await ada.http.post("/api/streams", json={"name": "Door"}, headers=in_first)
        async with asyncio.timeout(60):
            event = json.loads(await socket.recv())
    assert event["payload"]["id"] == made.json()["id"]

    listening = ada.http.stream("GET", "/api/events", params={"organization_id": first, "after": 0})
    async with listening as feed, asyncio.timeout(60):
        lines = (line async for line in feed.aiter_lines() if line.startswith("data: "))
        assert json.loads((await anext(lines)).removeprefix("data: "))["id"] == event["id"]


async def test_pages_of_nobody_name_no_organisation(web: Web) -> None:
    page = await web.http.get("/sign-in")
    assert page.status_code == 200
    assert "moments-organization" not in page.text


async def test_the_query_opens_nothing_of_others(ada: Person, bob: Person) -> None:
    theirs = {"organization_id": bob.organization_id}
    assert (await ada.http.get("/api/events", params=theirs)).status_code == 404
    assert (await ada.http.get("/api/streams", params=theirs)).status_code == 404
