"""A web app with a media node, a user whose demo stream is public, and a visitor."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from domain.infra.postgres import Server
from tests.support.waiting import eventually
from tests.support.web import Person, Web, node_running, web_running


@pytest_asyncio.fixture(scope="package")
async def live(server: Server, server_home: Path) -> AsyncIterator[Web]:
    """The web app with a media node."""
    running = web_running(server_home / "live", server, "web_live", demo=False, demo_height=180)
    async with running as web, node_running(web):
        yield web


@pytest_asyncio.fixture(scope="package")
async def owner(live: Web) -> Person:
    """A user with a public demo stream that has played for a while."""
    person = await live.person()
    slug = await person.add_demo()
    changed = await person.http.patch(f"/api/streams/{slug}", json={"allow_capture": True})
    assert changed.status_code == 200, changed.text

    async def has_played() -> bool:
        stream = (await person.http.get(f"/api/streams/{slug}")).json()
        window = stream["window"]
        return stream["status"] == "live" and window is not None and _seconds(window) > 4

    await eventually(has_played)
    return person


def _seconds(window: dict[str, str]) -> float:
    from datetime import datetime

    start, end = (datetime.fromisoformat(window[k]) for k in ("start", "end"))
    return (end - start).total_seconds()


@pytest_asyncio.fixture(scope="package")
async def stream(owner: Person) -> dict[str, Any]:
    """The owner's stream."""
    found: dict[str, Any] = (await owner.http.get("/api/streams")).json()["items"][0]
    return found


@pytest_asyncio.fixture
async def visitor(live: Web) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor without an account."""
    async with httpx.AsyncClient(base_url=live.url, timeout=120) as http:
        yield http


@pytest_asyncio.fixture
async def clip(owner: Person) -> dict[str, Any]:
    """A ready clip of the last two seconds."""
    made = await owner.http.post("/api/clips", json={"last_ms": 2000, "title": "Goal <b>"})
    assert made.status_code == 202, made.text
    found: dict[str, Any] = made.json()
    assert found["status"] == "ready"
    return found
