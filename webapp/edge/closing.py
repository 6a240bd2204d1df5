"""Telling what lasts long (events, sockets, blocked playlists) that the server is going away."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Closing:
    """Set once, when the server is asked to stop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def begin(self) -> None:
        """Say that the server is going away."""
        self._event.set()

    async def wait(self) -> None:
        """Return when the server is going away."""
        await self._event.wait()


async def first_of(
    *tasks: "asyncio.Future[object]", timeout_s: float | None = None
) -> set["asyncio.Future[object]"]:
    """Return those of several tasks that are done first, or none after a while."""
    done, _ = await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    return done


async def cancel(*tasks: "asyncio.Future[T]") -> None:
    """End tasks that nobody waits for any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def task_of(work: Awaitable[object]) -> "asyncio.Future[object]":
    """Run something beside what runs here; the caller owns and ends it."""
    return asyncio.ensure_future(work)
