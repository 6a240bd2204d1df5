"""The domain's services on a real database and a real folder, with a fake node."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest_asyncio
from argon2 import PasswordHasher

from domain.accounts.models import Caller, Role
from domain.accounts.passwords import Passwords
from domain.bootstrap import Services, build
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.core.time import to_us
from domain.infra import postgres
from domain.infra.base import Base
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.storage import make_storage
from domain.live.models import NewStream, Source, Stream
from domain.live.node_client import NodeClient
from domain.live.nodes import Beat
from domain.live.wire import Window
from tests.conftest import create_database, isolated_settings
from tests.fakes.clock import FakeClock
from tests.fakes.media_node import FakeNode, fake_node

PASSWORD = "a good long password"
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'migration'
  LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE sequencename NOT LIKE 'migration%';
END $$
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class World:
    """Services, a node, two organisations, and users in each role of the first."""

    services: Services
    node: FakeNode
    clock: FakeClock
    owner: Caller
    admin: Caller
    member: Caller
    viewer: Caller
    stranger: Caller  # owner of another organisation

    async def stream(self, name: str = "Garden", **values: object) -> Stream:
        """Create a live stream with two minutes in its buffer up to now."""
        new = replace(NewStream(name, Source("demo")), **values)  # type: ignore[arg-type]
        made = await self.services.streams.create(self.owner, new)
        self.live(made.id)
        await self.beat()
        return await self.services.streams.get(self.owner, made.id)

    def live(self, stream_id: str, seconds: int = 120) -> None:
        """Fill a stream's window up to now."""
        end = to_us(self.clock.now())
        self.node.windows[stream_id] = Window(start_us=end - seconds * 1_000_000, end_us=end)

    async def beat(self) -> None:
        """Send the node's heartbeat."""
        await self.services.nodes.heartbeat(Beat(self.node.id, self.node.url, self.node.url))

    async def run_jobs(self) -> list[str]:
        """Run each queued job once, whenever it is due; return their names.

        Those of search are left to `index`: everything that is written makes one.
        """
        return await self._run("NOT LIKE 'search.%'")

    async def index(self) -> list[str]:
        """Run the queued jobs of search once; return their names."""
        return await self._run("LIKE 'search.%'")

    async def _run(self, name: str) -> list[str]:
        done = []
        sql = f"DELETE FROM job WHERE name {name} RETURNING name, args"
        for row in await self.services.database.fetch(sql):
            await self.services.work.handlers[row["name"]](json.loads(row["args"]))
            done.append(row["name"])
        return done

    async def signed_in(self) -> Caller:
        """Sign the owner in again, after a test has ended sessions."""
        accounts = self.services.accounts
        signed_in = await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.3")
        return await accounts.authenticate(signed_in.token)

    def ago(self, seconds: float) -> datetime:
        """Return an instant before now."""
        return self.clock.now() - timedelta(seconds=seconds)


@pytest_asyncio.fixture(scope="session")
async def world_dsn(server: postgres.Server) -> str:
    """The address of the database that these tests use one after another."""
    connection = await asyncpg.connect(server.cluster.dsn("postgres"))
    try:
        await connection.execute(create_database("worlds"))
    finally:
        await connection.close()
    return server.cluster.dsn("worlds")


@pytest_asyncio.fixture
async def database(world_dsn: str) -> AsyncIterator[Database]:
    """A started pool on a migrated database; emptying it takes a tenth of copying a new one."""
    database = Database(world_dsn)
    await database.start()
    yield database
    await database.close()
    connection = await asyncpg.connect(world_dsn)
    try:
        await connection.execute(_EMPTY)
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def make_services(
    settings: Settings, database: Database, clock: FakeClock
) -> AsyncIterator[Callable[..., Services]]:
    """Build services on the test's database, with the given settings."""
    keyring = load_keyring(settings)
    client = NodeClient(keyring)
    apart = Database(database.dsn, pool_size=2)
    await apart.start()

    made: list[Services] = []

    def make(**values: object) -> Services:
        chosen = isolated_settings(settings.home, **{"demo": False, **values})
        storage = make_storage(chosen, keyring, clock)
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        events = Events(database, clock)
        base = Base(chosen, keyring, clock, database, apart, storage, events)
        made.append(build(base, client, passwords))
        made[-1].search._vectors._patience_s = 600  # however busy this machine is
        return made[-1]

    yield make
    for each in made:
        await each.insight.close()
        await each.commits.close()
        await each.search.close()
    await client.close()
    await apart.close()


@pytest_asyncio.fixture
async def services(make_services: Callable[..., Services]) -> Services:
    return make_services()


@pytest_asyncio.fixture
async def world(services: Services, clock: FakeClock) -> AsyncIterator[World]:
    owner = await caller_of(services, "owner@example.org", organization="Garden club")
    stranger = await caller_of(services, "stranger@example.org", organization="Other")
    people = {
        role: await joined(services, owner, role) for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER)
    }
    async with fake_node(services.keyring) as node:
        yield World(
            services,
            node,
            clock,
            owner,
            people[Role.ADMIN],
            people[Role.MEMBER],
            people[Role.VIEWER],
            stranger,
        )


async def caller_of(services: Services, email: str, *, organization: str) -> Caller:
    """Create an account with its own organisation and sign in."""
    await services.accounts.create_user(email, PASSWORD, organization=organization)
    signed_in = await services.accounts.sign_in(email, PASSWORD, ip="192.0.2.1")
    return await services.accounts.authenticate(signed_in.token)


async def joined(services: Services, owner: Caller, role: Role) -> Caller:
    """Add a new user to the owner's organisation."""
    invitation = await services.members.invite(owner, role)
    token = invitation.url.rpartition("/")[2]
    signed_in = await services.members.join_as_new(
        token, f"{role.label}@example.org", PASSWORD, name=role.label.title()
    )
    return await services.accounts.authenticate(signed_in.token)
