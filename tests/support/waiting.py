"""Waiting for what comes by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T | None]], timeout_s: float = 60) -> T:
    """Ask until the answer is true and return it.

    Raises:
        TimeoutError: It never was.
    """
    async with asyncio.timeout(timeout_s):
        while not (answer := await ask()):  # noqa: ASYNC110 (other processes tell nothing)
            await asyncio.sleep(0.1)
    return answer
