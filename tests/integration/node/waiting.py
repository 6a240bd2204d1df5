"""Waiting for something to become true, without asserting on how long it took."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], limit_s: float = 30) -> None:
    """Return when a condition holds; fail the test when it does not within a generous limit."""
    async with asyncio.timeout(limit_s):
        while True:
            holds = condition()
            if not isinstance(holds, bool):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(0.05)
