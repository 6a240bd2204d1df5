"""Shared fixtures: one PostgreSQL for the run, a fresh migrated database for each test."""

import asyncio
import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import certifi
import hypothesis
import pytest
import pytest_asyncio
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from domain.core.settings import Settings
from domain.infra import migrate, postgres
from domain.infra.database import Database
from tests.fakes.clock import FakeClock

# How long an example takes says nothing about what is tested.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def _trust_one_authority() -> None:
    """Let HTTP clients read one root certificate; reading all takes each of hundreds 20 ms."""
    end = "-----END CERTIFICATE-----"
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(certifi.contents().partition(end)[0] + end + "\n")
    atexit.register(os.unlink, file.name)
    os.environ["SSL_CERT_FILE"] = file.name


_trust_one_authority()

_TEMPLATE = "moments_template"
_numbers = itertools.count(1)
# A test's data need not survive a power cut; what the app itself runs with is tested in infra/.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


_LAYOUT = "tests/browser/test_layout.py"  # with another browser: a third of what Chromium computes

# Media in real time keep a test waiting rather than computing, so more workers run than there are
# cores. Chromium takes longest and computes most: it comes first, then what waits, then the rest.
# The pages' layout would take the time of what is in real time: it comes after that. What takes a
# minute or more in one worker follows, so that small things fill the workers' ends.
_FIRST = (
    "tests/browser",
    "tests/integration/node",
    "tests/integration/faults",
    _LAYOUT,
    "tests/integration/storage",
    "tests/integration/public",
    "tests/integration/api",
    "tests/integration/cli",
)
# Tests that share something expensive (a browser, a web app, an object store): one worker's.
_TOGETHER = (
    _LAYOUT,
    "tests/browser",
    "tests/integration/public",
    "tests/integration/api",
    "tests/integration/storage",
)


def _rank(nodeid: str) -> int:
    named = [n for n, name in enumerate(_FIRST) if nodeid.startswith(name)]
    return max(named, default=len(_FIRST))


class _Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Distributes tests by file, or by what they share."""

    def _split_scope(self, nodeid: str) -> str:
        shared = next((name for name in _TOGETHER if nodeid.startswith(name)), None)
        return shared or nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Sharing:
    """Distribute the tests to the workers, in collection order."""
    config.option.loadscopereorder = False
    return _Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests."""
    items.sort(key=lambda item: _rank(item.nodeid))


def command(name: str) -> str:
    """Return a command's path; skip the test if it is missing, except in CI."""
    path = shutil.which(name)
    if path is None:
        message = f"needs the command {name}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def chromium_path() -> str:
    """Return Chromium's path; its build without windows computes a quarter less."""
    return shutil.which("chromium-headless-shell") or command("chromium")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a temporary home; ignores the environment and `.env`."""
    return isolated_settings(tmp_path / "home")


def isolated_settings(home: Path, **values: object) -> Settings:
    """Return settings that depend only on the arguments."""
    fields = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
    }
    secret = "a secret for tests that is long enough"
    return Settings.model_validate(
        {
            **fields,
            "home": home,
            "secret": secret,
            "rtmp_port": 0,
            "provider_metadata": False,
            "understand_captures": False,
            **values,
            "_env_file": None,
        }
    )


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A home that PostgreSQL's own user can reach when the tests run as root."""
    home = Path(tempfile.mkdtemp(prefix="moments-test-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="session")
async def server(server_home: Path) -> AsyncIterator[postgres.Server]:
    """The PostgreSQL of this run, with a migrated template database."""
    async with postgres.running(isolated_settings(server_home), **_FAST) as server:
        await _admin(server, f'CREATE DATABASE "{_TEMPLATE}"')
        database = Database(server.cluster.dsn(_TEMPLATE))
        await database.start()
        await migrate.forwards(database)
        await database.close()
        yield server


@pytest_asyncio.fixture
async def new_database(server: postgres.Server) -> AsyncIterator[Callable[..., object]]:
    """Create databases from the template (or empty ones), dropped after the test."""
    made: list[str] = []

    async def make(*, empty: bool = False) -> str:
        name = f"test_{next(_numbers)}"
        template = "template0" if empty else _TEMPLATE
        await _admin(server, create_database(name, template))
        made.append(name)
        return server.cluster.dsn(name)

    yield make
    for name in made:
        await _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def dsn(new_database: Callable[..., object]) -> str:
    """The address of a fresh, migrated database."""
    made = new_database()
    assert asyncio.iscoroutine(made)
    return str(await made)


@pytest_asyncio.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A started pool on a fresh, migrated database."""
    database = Database(dsn)
    await database.start()
    yield database
    await database.close()


def create_database(name: str, template: str = _TEMPLATE) -> str:
    """Return the statement; copying files takes half the time of PostgreSQL's default."""
    return f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'


async def _admin(server: postgres.Server, sql: str) -> None:
    connection = await asyncpg.connect(server.cluster.dsn("postgres"))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
