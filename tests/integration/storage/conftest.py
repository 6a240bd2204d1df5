"""The stores under test, and the app that serves the folder's signed URLs."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import uvicorn
from litestar import Litestar, Router
from litestar.di import Provide

from domain.core.errors import MomentsError, NotFound
from domain.core.secrets import Keyring
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.folder import FolderStorage
from domain.infra.storage.objects import Layout, Storage, Stored
from domain.infra.storage.s3 import S3Storage
from domain.infra.storage.spool import SpooledStorage
from tests.fakes.clock import FakeClock
from tests.support.rclone import S3Server, s3_settings
from webapp.api.errors import handle
from webapp.api.file_access import Door
from webapp.api.files import HANDLERS

ORGANIZATION = "org_01jdk2v7w8x9y0z1a2b3c4d5e6"


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


class AnyUpload:
    """Accepts every valid signature, and remembers what arrived or was cancelled."""

    def __init__(self) -> None:
        self.hashes: dict[str, str] = {}
        self.given_up: set[str] = set()

    async def expect(self, bucket: str, key: str) -> None:
        """Raise for cancelled uploads; everything else is expected, also a second time."""
        if key in self.given_up:
            raise NotFound(key)

    async def arrived(self, bucket: str, key: str, stored: Stored, sha256: str) -> None:
        """Remember the hash."""
        self.hashes[key] = sha256

    async def abandon(self, bucket: str, key: str) -> None:
        """Stop expecting it."""
        self.given_up.add(key)


class App:
    """A running server of `/files`."""

    def __init__(self, origin: str) -> None:
        self.clock = FakeClock()
        self.urls = FileUrls(origin, Keyring(b"k" * 32), self.clock)
        self.storage: Storage | None = None
        self.uploads = AnyUpload()

    def door(self) -> Door:
        assert self.storage is not None
        return Door(self.storage, self.urls, self.uploads)


@pytest_asyncio.fixture(scope="session")
async def app() -> AsyncIterator[App]:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        made = App(origin)

        def door() -> Door:  # a bound method would be copied with all that it is bound to
            return made.door()

        files = Router(
            "/files",
            route_handlers=HANDLERS,
            dependencies={"door": Provide(door, sync_to_thread=False)},
        )
        litestar = Litestar([files], exception_handlers={MomentsError: handle}, openapi_config=None)
        server = uvicorn.Server(
            uvicorn.Config(litestar, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        yield made
        server.should_exit = True
        await task


@pytest_asyncio.fixture
async def folder(tmp_path: Path, app: App) -> AsyncIterator[FolderStorage]:
    storage = FolderStorage(tmp_path / "storage", app.urls)
    await storage.start()
    app.storage = storage
    yield storage
    await storage.close()


@pytest_asyncio.fixture(scope="session")
async def s3(
    tmp_path_factory: pytest.TempPathFactory, s3_server: S3Server
) -> AsyncIterator[S3Storage]:
    storage = S3Storage(s3_settings(tmp_path_factory.mktemp("home"), s3_server))
    await storage.start()
    yield storage
    await storage.close()


@pytest_asyncio.fixture(scope="session")
async def spool(
    tmp_path_factory: pytest.TempPathFactory, s3_server: S3Server, app: App
) -> AsyncIterator[SpooledStorage]:
    home = tmp_path_factory.mktemp("home")
    store = S3Storage(s3_settings(home, s3_server))
    storage = SpooledStorage(store, home / "spool", app.urls, Layout())
    await storage.start()
    yield storage
    await storage.close()


@pytest.fixture
def spooled(spool: SpooledStorage, app: App) -> SpooledStorage:
    app.storage = spool
    return spool


@pytest.fixture(params=["folder", "s3", "spooled"])
def storage(request: pytest.FixtureRequest) -> Storage:
    made: Storage = request.getfixturevalue(request.param)
    return made


@pytest_asyncio.fixture
async def bucket(storage: Storage) -> str:
    return await storage.ensure_bucket(ORGANIZATION)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=120) as client:
        yield client
