"""Splits any body into parts of one size, with one part in memory at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path

from domain.infra.storage.objects import Body

PART_BYTES = 8 * 1024 * 1024  # stores require at least 5 MiB, and at most 10,000 parts


async def parts_of(body: Body) -> AsyncGenerator[bytes, None]:
    """Yield a body in parts of `PART_BYTES`; the last one is shorter, or empty."""
    if isinstance(body, bytes):
        for start in range(0, len(body) or 1, PART_BYTES):
            yield body[start : start + PART_BYTES] if len(body) > PART_BYTES else body
    elif isinstance(body, Path):
        async for part in _of_file(body):
            yield part
    else:
        async for part in _of_stream(body):
            yield part


async def _of_file(path: Path) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            yield part


async def _of_stream(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    if held:
        yield bytes(held)
