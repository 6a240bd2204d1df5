"""A web app and a worker; the agent of a new VM."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from domain.infra.postgres import Server
from tests.support.agent import Agent
from tests.support.web import Person, Web, web_running, worker_running


@pytest_asyncio.fixture(scope="package")
async def web(server: Server, server_home: Path) -> AsyncIterator[Web]:
    running = web_running(server_home / "agent", server, "web_agent", demo=False)
    async with running as web, worker_running(web):
        yield web


@pytest_asyncio.fixture(scope="package")
async def ada(web: Web) -> Person:
    return await web.person()


@pytest_asyncio.fixture
async def agent(web: Web, ada: Person, tmp_path: Path) -> Agent:
    """The agent of a VM."""
    vm = (await ada.http.post("/api/vms", json={"name": "build-1"})).json()
    credentials = {"MOMENTS_VM_ID": vm["id"], "MOMENTS_VM_TOKEN": vm["token"]}
    return Agent(tmp_path, {"MOMENTS_URL": web.url, **credentials})
