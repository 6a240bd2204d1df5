"""The store goes down and comes back: only the metrics show it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from domain.core.errors import NotFound, StorageUnavailable
from domain.infra.storage.objects import Layout, Storage
from domain.infra.storage.s3 import S3Storage
from domain.infra.storage.spool import SpooledStorage
from tests.integration.storage.conftest import ORGANIZATION, App
from tests.support.rclone import S3Server, s3_settings
from tests.support.waiting import until

TYPE = "image/png"
BUCKET = "moments-org-1"


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[S3Server]:
    (tmp_path / "s3").mkdir()
    server = S3Server(tmp_path / "s3")
    yield server
    server.stop()


@pytest_asyncio.fixture
async def storage(tmp_path: Path, server: S3Server, app: App) -> AsyncIterator[SpooledStorage]:
    storage = spooled(tmp_path, server, app)
    await storage.start()
    app.storage = storage
    yield storage
    await storage.close()


def spooled(home: Path, server: S3Server, app: App) -> SpooledStorage:
    store = S3Storage(s3_settings(home, server))
    return SpooledStorage(store, home / "spool", app.urls, Layout())


@pytest_asyncio.fixture
async def store(tmp_path: Path, server: S3Server) -> AsyncIterator[S3Storage]:
    """The store behind it, to look at what has arrived."""
    store = S3Storage(s3_settings(tmp_path, server))
    await store.start()
    yield store
    await store.close()


async def whole(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in await storage.open(BUCKET, key)])


async def delivered(storage: SpooledStorage) -> None:
    async def is_done() -> bool:
        return (await storage.backlog()).objects == 0

    await until(is_done)


async def test_what_waits_is_read_signed_and_delivered(
    storage: SpooledStorage, store: S3Storage, server: S3Server, client: httpx.AsyncClient
) -> None:
    assert await storage.ensure_bucket(ORGANIZATION) == "moments-org-01jdk2v7w8x9y0z1a2b3c4d5e6"
    stored = await storage.put(BUCKET, "m/é a.png", b"0123456789", content_type=TYPE)
    assert stored.size == 10
    assert (await storage.stat(BUCKET, "m/é a.png")).generation == stored.generation
    assert await whole(storage, "m/é a.png") == b"0123456789"
    url = storage.signed_get(BUCKET, "m/é a.png", content_type=TYPE)
    part = await client.get(url, headers={"range": "bytes=-3"})
    assert (part.status_code, part.content) == (206, b"789")
    assert (await storage.backlog()).size == 10
    server.start()
    await delivered(storage)
    assert await whole(store, "m/é a.png") == b"0123456789"
    assert (await client.get(url)).content == b"0123456789"  # the old URL still reads
    assert storage.signed_get(BUCKET, "m/é a.png", content_type=TYPE).startswith(server.url)


async def test_an_upload_while_the_store_is_away(
    storage: SpooledStorage, store: S3Storage, server: S3Server, client: httpx.AsyncClient
) -> None:
    await storage.put(BUCKET, "m/1", b"x", content_type=TYPE)  # notices that it is away
    url = storage.signed_put(BUCKET, "m/up", content_type=TYPE, size=4)
    headers = {"content-type": TYPE}
    assert (await client.put(url, content=b"12345", headers=headers)).status_code == 413
    assert (await client.put(url, content=b"1234", headers=headers)).status_code == 200
    server.start()
    await delivered(storage)
    assert await whole(store, "m/up") == b"1234"


async def test_a_stop_in_between(
    storage: SpooledStorage, store: S3Storage, server: S3Server
) -> None:
    for number in range(6):
        (server.stop if number % 2 else server.start)()
        await storage.put(BUCKET, f"m/{number}", b"%d" % number, content_type=TYPE)
    server.start()
    await delivered(storage)
    assert [await whole(store, f"m/{n}") for n in range(6)] == [b"%d" % n for n in range(6)]


async def test_the_newest_is_what_arrives(
    storage: SpooledStorage, store: S3Storage, server: S3Server
) -> None:
    for version in (b"one", b"two", b"three"):
        await storage.put(BUCKET, "m/1", version, content_type=TYPE)
    assert await whole(storage, "m/1") == b"three"
    assert (await storage.backlog()).objects == 1
    server.start()
    await delivered(storage)
    assert await whole(store, "m/1") == b"three"


async def test_a_deletion_waits_too(
    storage: SpooledStorage, store: S3Storage, server: S3Server
) -> None:
    server.start()
    await storage.put(BUCKET, "m/1", b"x", content_type=TYPE)
    server.stop()
    await storage.delete(BUCKET, "m/1")
    with pytest.raises(NotFound):
        await storage.stat(BUCKET, "m/1")
    server.start()
    await delivered(storage)
    with pytest.raises(NotFound):
        await store.stat(BUCKET, "m/1")


async def test_several_processes_share_a_spool(
    storage: SpooledStorage, store: S3Storage, server: S3Server, tmp_path: Path, app: App
) -> None:
    others = [spooled(tmp_path, server, app) for _ in range(2)]
    for other in others:
        await other.start()
    keys = [f"m/{uuid.uuid4().hex}" for _ in range(12)]
    await asyncio.gather(
        *(
            (storage, *others)[number % 3].put(BUCKET, key, key.encode(), content_type=TYPE)
            for number, key in enumerate(keys)
        )
    )
    assert await whole(others[0], keys[1]) == keys[1].encode()
    server.start()
    await delivered(storage)
    for key in keys:
        assert await whole(store, key) == key.encode()
    for other in others:
        await other.close()


async def test_a_store_that_refuses_us_is_an_error(
    tmp_path: Path, server: S3Server, app: App
) -> None:
    server.start()
    settings = s3_settings(tmp_path, server).model_copy(
        update={"s3_secret_key": SecretStr("wrong")}
    )
    storage = SpooledStorage(S3Storage(settings), tmp_path / "spool", app.urls, Layout())
    await storage.start()
    try:
        for body in (b"x", chunks()):
            with pytest.raises(StorageUnavailable) as caught:
                await storage.put(BUCKET, "m/1", body, content_type=TYPE)
            assert caught.value.code == "storage_misconfigured"
            assert "SignatureDoesNotMatch" in caught.value.message
        assert (await storage.backlog()).objects == 0
    finally:
        await storage.close()


async def chunks() -> AsyncIterator[bytes]:
    yield b"x"


async def test_a_store_that_hangs_is_asked_once(tmp_path: Path, app: App) -> None:
    asked = 0

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while line := await reader.readline():
            if line.startswith(b"PUT /moments-org-1/m/"):
                asked += 1
        writer.close()

    listener = await asyncio.start_server(hang, "127.0.0.1", 0)
    server = S3Server(tmp_path)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    storage = spooled(tmp_path, server, app)
    await storage.start()
    try:
        for number in range(20):
            await storage.put(BUCKET, f"m/{number}", b"x", content_type=TYPE)
        assert (await storage.backlog()).objects == 20
        assert asked == 1
        with pytest.raises(StorageUnavailable):
            await storage.stat(BUCKET, "m/elsewhere")
    finally:
        await storage.close()
        listener.close()
