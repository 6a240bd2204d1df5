"""Resumable uploads by tus 1.0, with the folder, and with a real S3 server behind the spool."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from domain.core.errors import Conflict, NotFound
from domain.infra.storage.objects import Storage
from tests.integration.storage.conftest import ORGANIZATION, App

MIB = 1024 * 1024
TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}


@pytest.fixture
def key() -> str:
    return f"moment_{uuid.uuid4().hex}/asset_1-ein Kätzchen + 100% #1.mp4"


@pytest.fixture(params=["folder", "spooled"])
def served(request: pytest.FixtureRequest) -> Storage:
    made: Storage = request.getfixturevalue(request.param)
    return made


@pytest_asyncio.fixture
async def bucket(served: Storage) -> str:
    return await served.ensure_bucket(ORGANIZATION)


def upload_url(app: App, bucket: str, key: str, size: int) -> str:
    return app.urls.signed_put(bucket, key, content_type="video/mp4", size=size, lifetime_s=60)


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def at(offset: int | str) -> dict[str, str]:
    return {**PIECE, "upload-offset": str(offset)}


async def offset_of(client: httpx.AsyncClient, url: str) -> int:
    answer = await client.head(url, headers=TUS)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return int(answer.headers["upload-offset"])


async def test_pieces_become_the_file(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    """The pieces end before, in and after a part of the store."""
    data = bytes(range(256)) * (9 * MIB // 256) + b"end"
    url = upload_url(app, bucket, key, len(data))
    assert await offset_of(client, url) == 0
    offset = 0
    for end in (5, 3 * MIB, 8 * MIB + 7, len(data)):
        answer = await client.patch(url, content=data[offset:end], headers=at(offset))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))
        offset = end
        assert await offset_of(client, url) == offset or end == len(data)
    assert await whole(await served.open(bucket, key)) == data
    assert app.uploads.hashes[key] == hashlib.sha256(data).hexdigest()
    assert await served.received(bucket, key) is None
    assert await offset_of(client, url) == len(data)


async def test_a_small_file_in_one_piece_is_stored_at_once(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    url = upload_url(app, bucket, key, 8)
    answer = await client.patch(url, content=b"12345678", headers=at(0))
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "8")
    assert await whole(await served.open(bucket, key)) == b"12345678"
    assert app.uploads.hashes[key] == hashlib.sha256(b"12345678").hexdigest()
    assert await served.received(bucket, key) is None


async def test_a_whole_file_after_a_piece_of_it_is_refused(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    url = upload_url(app, bucket, key, 8)
    assert (await client.patch(url, content=b"1234", headers=at(0))).status_code == 204
    assert (await client.patch(url, content=b"12345678", headers=at(0))).status_code == 409
    assert await offset_of(client, url) == 4


async def test_a_body_that_breaks_off_keeps_what_arrived(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"1234"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await served.append(bucket, key, 0, broken(), content_type="video/mp4")
    url = upload_url(app, bucket, key, 8)
    assert await offset_of(client, url) == 4
    assert (await client.patch(url, content=b"5678", headers=at(4))).status_code == 204
    assert await whole(await served.open(bucket, key)) == b"12345678"


@pytest.mark.parametrize(
    "case",
    [
        ("PATCH", {**at(0), "tus-resumable": "0.2.2"}, b"1", 412),
        ("HEAD", {"tus-resumable": "2.0.0"}, None, 412),
        ("DELETE", {}, None, 412),
        ("PATCH", {**at(0), "content-type": "video/mp4"}, b"1", 415),
        ("PATCH", PIECE, b"1", 400),
        ("PATCH", at("-1"), b"1", 400),
        ("PATCH", at("9" * 40), b"1", 400),
        ("PATCH", at(1), b"1", 409),
        ("PATCH", at(0), b"12345", 413),
        ("PATCH", at(4), b"1", 413),
    ],
)
async def test_a_wrong_request_changes_nothing(
    folder: Storage,
    app: App,
    key: str,
    client: httpx.AsyncClient,
    case: tuple[str, dict[str, str], bytes | None, int],
) -> None:
    method, headers, content, status = case
    url = upload_url(app, "moments-org-1", key, 4)
    answer = await client.request(method, url, headers=headers, content=content)
    assert answer.status_code == status
    assert await offset_of(client, url) == 0
    with pytest.raises(NotFound):
        await folder.stat("moments-org-1", key)


async def test_only_the_url_of_the_upload_is_a_key_to_it(
    folder: Storage, app: App, key: str, client: httpx.AsyncClient
) -> None:
    bucket = "moments-org-1"
    url = upload_url(app, bucket, key, 4)
    path, _, query = url.partition("?")
    read_url = app.urls.signed_get(
        bucket, key, content_type="video/mp4", lifetime_s=60, filename=None, inline=True
    )
    for bad in (f"{path}2?{query}", url[:-4] + "0000", url.replace("size=4", "size=5"), read_url):
        assert (await client.patch(bad, content=b"1", headers=at(0))).status_code == 403
        assert (await client.head(bad, headers=TUS)).status_code == 403
        assert (await client.delete(bad, headers=TUS)).status_code == 403
    app.clock.advance(61)
    assert (await client.patch(url, content=b"1", headers=at(0))).status_code == 403
    assert await folder.received(bucket, key) is None


async def test_bytes_beyond_the_size_are_not_kept(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    async def chunked() -> AsyncIterator[bytes]:
        yield b"12345"

    url = upload_url(app, bucket, key, 4)
    assert (await client.patch(url, content=chunked(), headers=at(0))).status_code == 413
    assert await offset_of(client, url) == 0


async def test_what_is_given_up_leaves_nothing(
    served: Storage, app: App, bucket: str, key: str, client: httpx.AsyncClient
) -> None:
    url = upload_url(app, bucket, key, 9 * MIB)
    await client.patch(url, content=bytes(8 * MIB + 1), headers=at(0))
    assert (await client.delete(url, headers=TUS)).status_code == 204
    assert await served.received(bucket, key) is None
    assert (await client.head(url, headers=TUS)).status_code == 404
    assert (await client.patch(url, content=b"1", headers=at(0))).status_code == 404


async def test_one_of_two_at_the_same_offset_wins(served: Storage, bucket: str, key: str) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        has_begun.set()
        await may_end.wait()
        yield b"slow"

    async def other() -> AsyncIterator[bytes]:
        yield b"other"

    async with asyncio.TaskGroup() as group:
        first = group.create_task(served.append(bucket, key, 0, slow(), content_type="video/mp4"))
        await has_begun.wait()
        with pytest.raises(Conflict) as caught:
            await served.append(bucket, key, 0, other(), content_type="video/mp4")
        may_end.set()
    assert (caught.value.code, first.result()) == ("upload_locked", 4)
    with pytest.raises(Conflict) as late:
        await served.append(bucket, key, 0, other(), content_type="video/mp4")
    assert late.value.code == "offset_mismatch"


@pytest.mark.parametrize("is_published", [False, True])
async def test_a_kill_after_the_last_byte_is_made_good(
    served: Storage,
    app: App,
    bucket: str,
    key: str,
    client: httpx.AsyncClient,
    *,
    is_published: bool,
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"1234"

    await served.append(bucket, key, 0, body(), content_type="video/mp4")
    if is_published:
        await served.finish(bucket, key, content_type="video/mp4")
    assert await offset_of(client, upload_url(app, bucket, key, 4)) == 4
    assert app.uploads.hashes[key] == hashlib.sha256(b"1234").hexdigest()
    assert await whole(await served.open(bucket, key)) == b"1234"


async def test_options_say_what_is_spoken(app: App, folder: Storage) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.options(upload_url(app, "moments-org-1", "m/a", 4))
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "termination"
    assert answer.headers["tus-max-size"] == "524288000"


async def test_many_at_once_all_succeed(spooled: Storage, app: App) -> None:
    """Each in two pieces, so that the store is asked for the first one's tail."""
    number, data = 40, bytes(range(256)) * 80
    bucket = await spooled.ensure_bucket(ORGANIZATION)
    name = uuid.uuid4().hex

    async def upload(client: httpx.AsyncClient, n: int) -> list[int]:
        url = upload_url(app, bucket, f"{name}/{n}", len(data))
        halves = ((0, data[:9000]), (9000, data[9000:]))
        return [
            (await client.patch(url, content=half, headers=at(offset))).status_code
            for offset, half in halves
        ]

    limits = httpx.Limits(max_connections=number)
    async with httpx.AsyncClient(timeout=None, limits=limits) as client:
        answers = await asyncio.gather(*(upload(client, n) for n in range(number)))
    assert answers == [[204, 204]] * number
    digest = hashlib.sha256(data).hexdigest()
    assert [app.uploads.hashes[f"{name}/{n}"] for n in range(number)] == [digest] * number
