"""Killed processes and full disks: acknowledged objects exist, and none exists partially."""

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.core.errors import NotFound, StorageUnavailable
from domain.infra.storage.atomic_files import check_disk
from domain.infra.storage.objects import Storage
from domain.infra.storage.spool import SpooledStorage
from tests.integration.storage.putter import BUCKET, content, store
from tests.support.rclone import S3Server

SIZE = 400_000


def putter(kind: str, home: Path, url: str, *more: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.integration.storage.putter", kind, str(home), url]
    return subprocess.Popen(
        [*command, *map(str, more)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )


def run_until_killed(process: subprocess.Popen[str], after: int) -> int:
    """Kill a putter at a random instant after some objects; return how many it acknowledged."""
    assert process.stdout is not None
    acknowledged = 0
    while acknowledged < after:
        line = process.stdout.readline()
        assert line, "it ended by itself"
        acknowledged += line.startswith("stored")
    try:
        process.wait(random.random() * 0.05)
    except subprocess.TimeoutExpired:
        process.kill()
    rest = process.stdout.read().splitlines()
    acknowledged += sum(line.startswith("stored") for line in rest)
    process.wait()
    process.stdout.close()
    return acknowledged


async def read(storage: Storage, number: int) -> bytes:
    chunks: AsyncIterator[bytes] = await storage.open(BUCKET, f"m/{number}")
    return b"".join([chunk async for chunk in chunks])


async def delivered(storage: SpooledStorage) -> None:
    async with asyncio.timeout(60):
        while (await storage.backlog()).objects:  # noqa: ASYNC110 (other processes deliver too)
            await asyncio.sleep(0.05)


async def assert_whole(storage: Storage, acknowledged: int) -> None:
    for number in range(acknowledged):
        assert await read(storage, number) == content(number, SIZE)
    with contextlib.suppress(NotFound, StorageUnavailable):  # the one under way: whole, or not
        assert await read(storage, acknowledged) == content(acknowledged, SIZE)


async def test_a_folder_survives_kill_9(tmp_path: Path) -> None:
    process = putter("folder", tmp_path, "-")
    acknowledged = await asyncio.to_thread(run_until_killed, process, random.randint(3, 5))
    storage = store("folder", tmp_path, "-")
    await storage.start()
    await assert_whole(storage, acknowledged)


async def test_a_spool_survives_kill_9(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    server = S3Server(tmp_path / "s3")
    process = putter("spool", tmp_path, server.url)
    acknowledged = await asyncio.to_thread(run_until_killed, process, random.randint(3, 5))
    storage = store("spool", tmp_path, server.url)
    assert isinstance(storage, SpooledStorage)
    await storage.start()
    try:
        await assert_whole(storage, acknowledged)  # from the spool
        server.start()
        await delivered(storage)
        await assert_whole(storage, acknowledged)  # from the store
        assert (await storage.backlog()).objects == 0
    finally:
        await storage.close()
        server.stop()


async def test_a_deliverer_survives_kill_9(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    server = S3Server(tmp_path / "s3")
    acknowledged = await asyncio.to_thread(
        run_until_killed, putter("spool", tmp_path, server.url), 12
    )
    server.start()
    # It delivers what the first one left, and puts on top of it; then it dies too.
    acknowledged = max(
        acknowledged,
        await asyncio.to_thread(
            run_until_killed, putter("spool", tmp_path, server.url), random.randint(1, 7)
        ),
    )
    storage = store("spool", tmp_path, server.url)
    assert isinstance(storage, SpooledStorage)
    await storage.start()
    try:
        await delivered(storage)
        for number in range(acknowledged):
            assert await read(storage, number) == content(number, SIZE)
    finally:
        await storage.close()
        server.stop()


@pytest.mark.parametrize("kind", ["folder", "spool"])
async def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    nobody = S3Server(tmp_path).url
    process = putter(kind, tmp_path, nobody, 2_000_000, 1_000_000)
    output, _ = await asyncio.to_thread(process.communicate)
    assert "refused The server's disk is full. Free some space" in output
    assert "down The server's disk is full. Free some space" in output  # for `/health`
    assert list(filter(Path.is_file, tmp_path.rglob("*"))) == []  # noqa: ASYNC240 (a test)


@pytest.mark.parametrize(("spare_bytes", "is_full"), [(0, False), (1 << 62, True)])
def test_a_disk_counts_as_full_before_its_last_byte(
    tmp_path: Path, spare_bytes: int, *, is_full: bool
) -> None:
    refused = pytest.raises(StorageUnavailable, match="disk is full")
    with refused if is_full else contextlib.nullcontext():
        check_disk(tmp_path, spare_bytes=spare_bytes)
    assert list(tmp_path.iterdir()) == []
