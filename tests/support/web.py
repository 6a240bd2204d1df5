"""The real web app on a real port with a real database, and a media node beside it."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
from argon2 import PasswordHasher

from domain.accounts.passwords import Passwords
from domain.accounts.people import People
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.core.settings import Settings
from domain.core.time import SystemClock
from domain.infra.database import Database
from domain.infra.postgres import Server as PostgresServer
from domain.infra.rate_limit import RateLimiter
from tests.conftest import create_database, isolated_settings
from tests.support.stack import free_port
from tests.support.waiting import eventually

SECRET = "a secret for tests that is long enough"
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


class Person:
    """A user with an account and their own organisation."""

    def __init__(self, url: str, email: str, organization_id: str, cookie: str) -> None:
        self.email = email
        self.organization_id = organization_id
        self.cookie = cookie
        self.http = httpx.AsyncClient(
            base_url=url,
            headers={"Origin": url, "Cookie": f"moments_session={cookie}"},
            timeout=120,
        )

    async def token(self) -> str:
        """Return a new API token of theirs."""
        made = await self.http.post("/api/tokens", json={"name": "test"})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    async def add_demo(self) -> str:
        """Put the demo stream on air for everybody; return its slug."""
        demo = {"name": "Demo", "source": {"kind": "demo"}, "visibility": "public"}
        made = await self.http.post("/api/streams", json=demo)
        assert made.status_code == 201, made.text
        return str(made.json()["slug"])


class Web:
    """The running web process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.url = settings.origin
        self.http = httpx.AsyncClient(base_url=self.url, timeout=120)
        self._database = database
        self._people: list[Person] = []
        self._running: AbstractAsyncContextManager[None]

    async def person(self) -> Person:
        """Create an account with its own organisation."""
        number = next(_numbers)
        email = f"person{number}@example.org"
        signed_in = await self._sign_ups().sign_up(
            email,
            PASSWORD,
            f"Person {number}",
            organization=f"Organisation {number}",
            # Sign-ups are limited per address; each of these uses its own.
            ip=f"127.0.1.{number % 250 + 1}",
        )
        assert signed_in.organization_id is not None
        person = Person(self.url, email, signed_in.organization_id, signed_in.token)
        self._people.append(person)
        return person

    def _sign_ups(self) -> AccountService:
        """Return what signs people up as the web process does, with passwords that cost less."""
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        clock = SystemClock()
        people = People(self._database, clock, passwords, on_first_organization=_no_demo)
        rights, limiter = Rights(self._database, clock), RateLimiter(self._database, clock)
        return AccountService(people, rights, limiter, is_sign_up_open=True)

    async def start(self) -> None:
        """Run its process."""
        self._running = _child("from webapp.cli.main import app; app(['web'])", self.settings)
        await self._running.__aenter__()
        await eventually(self.is_up, 180)  # a busy machine imports slowly

    async def stop(self) -> None:
        """Stop its process."""
        await self._running.__aexit__(None, None, None)

    async def kill(self) -> None:
        """Kill its process; `start` runs it again."""
        await self._running.__aexit__(InterruptedError, InterruptedError(), None)

    async def is_up(self) -> bool:
        """Return whether the web process answers."""
        try:
            return (await self.http.get("/health")).status_code in {200, 503}
        except httpx.TransportError:
            return False

    async def has_node(self) -> bool:
        """Return whether a media node has registered."""
        return bool((await self.http.get("/health")).json()["nodes"])

    async def close(self) -> None:
        """Close its clients."""
        await self.http.aclose()
        for person in self._people:
            await person.http.aclose()


async def _no_demo(organization_id: str) -> None:
    """Leave a new organisation empty."""


@asynccontextmanager
async def web_running(
    home: Path, postgres: PostgresServer, name: str, **values: object
) -> AsyncIterator[Web]:
    """Run `moments web` on a new database, created from the migrated template.

    It is a separate process, as in production: NiceGUI has one app per process.
    """
    admin = await asyncpg.connect(postgres.cluster.dsn("postgres"))
    try:
        await admin.execute(create_database(name))
        port = free_port()
        settings = isolated_settings(
            home,
            host="127.0.0.1",
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            database_url=postgres.cluster.dsn(name),
            sign_up="open",
            pull_networks=("127.0.0.0/8",),
            **values,
        )
        database = Database(postgres.cluster.dsn(name), pool_size=1)
        await database.start()
        web = Web(settings, database)
        try:
            await web.start()
            try:
                yield web
            finally:
                await web.stop()
        finally:
            await web.close()
            await database.close()
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@asynccontextmanager
async def node_running(web: Web) -> AsyncIterator[None]:
    """Run a media node as a separate process until the web app sees it."""
    code = "import runpy; runpy.run_module('media_server', run_name='__main__')"
    async with _child(code, web.settings):
        await eventually(web.has_node, 180)
        yield


def worker_running(web: Web) -> AbstractAsyncContextManager[None]:
    """Run jobs in a separate process."""
    return _child("from webapp.cli.main import app; app(['worker'])", web.settings)


@asynccontextmanager
async def _child(code: str, settings: Settings) -> AsyncIterator[None]:
    """Run a process of the product; it must stop by itself when asked to.

    Raises:
        TimeoutError: It does not stop.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=_environment(settings)
    )
    try:
        yield
        assert child.returncode is None, "the process ended by itself"
        child.terminate()
        async with asyncio.timeout(60):
            await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """Return an environment with the same settings."""
    assert settings.database_url is not None
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("MOMENTS_", "S3_", "REDIS_"))
    }
    store = {
        "S3_ENDPOINT_URL": settings.s3_endpoint_url,
        "S3_ACCESS_KEY": settings.s3_access_key,
        "S3_SECRET_KEY": settings.s3_secret_key and settings.s3_secret_key.get_secret_value(),
    }
    return (
        inherited
        | {name: value for name, value in store.items() if value}
        | {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "MOMENTS_DEMO": str(settings.demo),
            "MOMENTS_DEMO_HEIGHT": str(settings.demo_height),
            "MOMENTS_HOME": str(settings.home),
            "MOMENTS_HOST": settings.host,
            "MOMENTS_PORT": str(settings.port),
            "MOMENTS_PROVIDER_METADATA": "false",
            "MOMENTS_UNDERSTAND_CAPTURES": "false",
            "MOMENTS_PUBLIC_URL": settings.origin,
            "MOMENTS_PULL_NETWORKS": ",".join(settings.pull_networks),
            "MOMENTS_SECRET": SECRET,
            "MOMENTS_SIGN_UP": settings.sign_up,
            "MOMENTS_SPOTIFY_PLAYER_URL": settings.spotify_player_url,
            "MOMENTS_YOUTUBE_PLAYER_URL": settings.youtube_player_url,
            "MOMENTS_SOUNDCLOUD_PLAYER_URL": settings.soundcloud_player_url,
            "MOMENTS_VIMEO_PLAYER_URL": settings.vimeo_player_url,
        }
    )
