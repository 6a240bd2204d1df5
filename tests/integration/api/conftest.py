"""One web app for all API tests; each test creates its own users."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from domain.infra.postgres import Server
from tests.support.web import Person, Web, web_running


@pytest_asyncio.fixture(scope="package")
async def web(server: Server, server_home: Path) -> AsyncIterator[Web]:
    """The web app without a media node; new organisations have no demo stream."""
    async with web_running(server_home / "api", server, "web_api", demo=False) as web:
        yield web


@pytest_asyncio.fixture
async def ada(web: Web) -> Person:
    """A user."""
    return await web.person()


@pytest_asyncio.fixture
async def bob(web: Web) -> Person:
    """A user of another organisation."""
    return await web.person()
