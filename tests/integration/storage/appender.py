"""A process that appends to an upload until it is killed, and reports when it is done.

python -m tests.integration.storage.appender folder|spool HOME URL KEY SIZE
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.integration.storage.putter import BUCKET, content, store

CHUNK_BYTES = 64 * 1024


async def _endless(size: int) -> AsyncIterator[bytes]:
    data = content(1, size)
    for start in range(0, size, CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]
    sys.stdout.write("sent\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def main(kind: str, home: Path, url: str, key: str, size: int) -> None:
    """Append until killed."""
    storage = store(kind, home, url)
    await storage.start()
    await storage.append(BUCKET, key, 0, _endless(size), content_type="video/mp4")


if __name__ == "__main__":
    kind, home, url, key, size = sys.argv[1:]
    asyncio.run(main(kind, Path(home), url, key, int(size)))
