"""Polling for what processes do, without assuming how fast the machine is."""

import asyncio
from collections.abc import Callable

import psutil


async def until(condition: Callable[[], object], *, timeout_s: float = 60.0) -> None:
    """Wait until a condition holds; fail when it never does."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 (processes set no event)
            await asyncio.sleep(0.02)


def exists(pid: int) -> bool:
    """Tell whether a process runs; a zombie that nobody has reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
