"""The real web app on a real port with a real database, and a media node beside it."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx

from domain.core.settings import Settings
from domain.infra.postgres import Server as PostgresServer
from tests.conftest import isolated_settings
from tests.support.stack import free_port
from webapp import asgi

SECRET = "a secret for tests that is long enough"
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


class Person:
    """Somebody with an account and an organisation of their own."""

    def __init__(self, url: str, email: str, organization_id: str, cookie: str) -> None:
        self.email = email
        self.organization_id = organization_id
        self.cookie = cookie
        self.http = httpx.AsyncClient(
            base_url=url,
            headers={"Origin": url, "Cookie": f"moments_session={cookie}"},
            timeout=30,
        )

    async def token(self) -> str:
        """Return a new API token of theirs."""
        made = await self.http.post("/api/tokens", json={"name": "test"})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])


class Web:
    """The running web process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = settings.origin
        self.http = httpx.AsyncClient(base_url=self.url, timeout=30)
        self._people: list[Person] = []

    async def person(self) -> Person:
        """Make an account with an organisation of its own."""
        number = next(_numbers)
        email = f"person{number}@example.org"
        body = {
            "email": email,
            "password": PASSWORD,
            "name": f"Person {number}",
            "organization": f"Organisation {number}",
        }
        # Addresses are limited to a few accounts; each of these comes from one of its own.
        transport = httpx.AsyncHTTPTransport(local_address=f"127.0.1.{number % 250 + 1}")
        async with httpx.AsyncClient(base_url=self.url, transport=transport, timeout=30) as http:
            answer = await http.post("/api/auth/sign-up", json=body)
        assert answer.status_code == 201, answer.text
        cookie = answer.cookies["moments_session"]
        person = Person(self.url, email, answer.json()["organization_id"], cookie)
        self._people.append(person)
        return person

    async def close(self) -> None:
        """Close what was opened to it."""
        await self.http.aclose()
        for person in self._people:
            await person.http.aclose()


@asynccontextmanager
async def web_running(
    home: Path, postgres: PostgresServer, name: str, **values: object
) -> AsyncIterator[Web]:
    """Run the web app on a database of its own, made out of the migrated template."""
    admin = await asyncpg.connect(postgres.cluster.dsn("postgres"))
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "moments_template"')
        port = free_port()
        settings = isolated_settings(
            home,
            host="127.0.0.1",
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            database_url=postgres.cluster.dsn(name),
            sign_up="open",
            **values,
        )
        server = asgi.create_server(settings)
        serving = asyncio.create_task(server.serve())
        web = Web(settings)
        try:
            async with asyncio.timeout(60):
                while not server.started:
                    assert not serving.done(), "the server did not start"
                    await asyncio.sleep(0.02)
            yield web
        finally:
            await web.close()
            server.should_exit = True
            await serving
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@asynccontextmanager
async def node_running(web: Web) -> AsyncIterator[None]:
    """Run a media node as a process of its own until the web app sees it."""
    settings = web.settings
    assert settings.database_url is not None
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("MOMENTS_", "S3_"))},
        "MOMENTS_HOME": str(settings.home),
        "MOMENTS_SECRET": SECRET,
        "MOMENTS_PUBLIC_URL": settings.origin,
        "MOMENTS_PULL_NETWORKS": "127.0.0.0/8",
        "DATABASE_URL": settings.database_url.get_secret_value(),
    }
    node = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media_server", env=environment
    )
    try:
        async with asyncio.timeout(60):
            while not (await web.http.get("/health")).json()["nodes"]:
                assert node.returncode is None, "the node ended"
                await asyncio.sleep(0.2)
        yield
    finally:
        if node.returncode is None:
            node.terminate()
            await node.wait()
