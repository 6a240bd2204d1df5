"""An upload continues after its process was killed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.storage.putter import BUCKET, content, store
from tests.support.rclone import S3Server

MIB = 1024 * 1024
SIZE = 24 * MIB


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[S3Server]:
    """A store of its own: what the killed process leaves open slows rclone down for others."""
    server = S3Server(tmp_path / "s3")
    server.start()
    yield server
    server.stop()


async def _until_sent(output: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await output.readline():  # the log is among them
        yield line
        if line == b"sent\n":
            return


@pytest.mark.parametrize(("kind", "kept"), [("folder", 17 * MIB), ("spool", 16 * MIB)])
async def test_an_upload_resumes_after_a_kill(
    tmp_path: Path, own_server: S3Server, kind: str, kept: int
) -> None:
    """A folder keeps every byte that was written, an object store every whole part."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.storage.appender",
        kind, str(tmp_path), own_server.url, f"m/{kind}", str(17 * MIB),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert b"sent\n" in [line async for line in _until_sent(process.stdout)]
    process.kill()
    await process.wait()

    data = content(1, SIZE)

    async def rest() -> AsyncIterator[bytes]:
        yield data[kept:]

    storage = store(kind, tmp_path, own_server.url)
    await storage.start()
    try:
        key = f"m/{kind}"
        assert await storage.received(BUCKET, key) == kept
        end = await storage.append(BUCKET, key, kept, rest(), content_type="video/mp4")
        stored = await storage.finish(BUCKET, key, content_type="video/mp4")
        assert end == stored.size == SIZE
        read = b"".join([chunk async for chunk in await storage.open(BUCKET, key)])
        assert read == data
        assert await storage.received(BUCKET, key) is None
    finally:
        await storage.close()
