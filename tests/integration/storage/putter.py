"""A process that stores numbered objects until it is killed, and reports acknowledged ones.

    python -m tests.integration.storage.putter folder|spool HOME URL [SIZE [LIMIT]]

SIZE is each object's size in bytes; LIMIT is the largest file that this process may write, to
simulate a full disk.
"""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from domain.core.errors import StorageUnavailable
from domain.core.secrets import Keyring
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.folder import FolderStorage
from domain.infra.storage.objects import Layout, Storage
from domain.infra.storage.s3 import S3Storage
from domain.infra.storage.spool import SpooledStorage
from tests.support.rclone import S3Server, s3_settings

BUCKET = "moments-org-killed"


def content(number: int, size: int) -> bytes:
    """Return the bytes of an object."""
    return f"{number:08d}".encode() * (size // 8)


def store(kind: str, home: Path, url: str) -> Storage:
    """Return the store under test."""
    urls = FileUrls("http://localhost", Keyring(b"k" * 32))
    if kind == "folder":
        return FolderStorage(home / "storage", urls)
    server = S3Server(home)
    server.url = url
    return SpooledStorage(S3Storage(s3_settings(home, server)), home / "spool", urls, Layout())


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 64 * 1024):
        yield data[start : start + 64 * 1024]
        await asyncio.sleep(0)


async def main(kind: str, home: Path, url: str, size: int = 400_000, limit: int = 0) -> None:
    """Store until killed."""
    storage = store(kind, home, url)
    await storage.start()
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for number in range(100_000):
        data = content(number, size)
        body = data if number % 2 else _stream(data)
        try:
            await storage.put(BUCKET, f"m/{number}", body, content_type="video/mp4")
        except StorageUnavailable as error:
            sys.stdout.write(f"refused {error.message}\n")
            try:
                await storage.ping()
            except StorageUnavailable as told:
                sys.stdout.write(f"down {told.message}\n")
            return
        finally:
            if limit:
                await storage.close()
        sys.stdout.write(f"stored {number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(main(arguments[0], Path(arguments[1]), arguments[2], *map(int, arguments[3:])))
