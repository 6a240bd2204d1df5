"""Waits for conditions, without asserting how long they take."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar

import psutil

T = TypeVar("T")
_LOOK_EVERY_S = 0.05


async def until(condition: Callable[[], object], timeout_s: float = 120) -> None:
    """Return when a condition holds; it may return an awaitable.

    Raises:
        TimeoutError: It never held.
    """
    async with asyncio.timeout(timeout_s):
        while True:
            holds = condition()
            if await holds if isawaitable(holds) else holds:
                return
            await asyncio.sleep(_LOOK_EVERY_S)


async def eventually(ask: Callable[[], Awaitable[T | None]], timeout_s: float = 120) -> T:
    """Poll until the result is true and return it.

    Raises:
        TimeoutError: It never was.
    """
    async with asyncio.timeout(timeout_s):
        while not (answer := await ask()):  # noqa: ASYNC110 (other processes tell nothing)
            await asyncio.sleep(_LOOK_EVERY_S)
    return answer


def exists(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
