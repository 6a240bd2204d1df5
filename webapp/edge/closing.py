"""Tells long-lived work (events, sockets, blocked playlists) that the server is stopping."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Closing:
    """Set once, when the server stops."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def begin(self) -> None:
        """Signal that the server is stopping."""
        self._event.set()

    async def wait(self) -> None:
        """Wait until the server is stopping."""
        await self._event.wait()


async def first_of(
    *tasks: "asyncio.Future[object]", timeout_s: float | None = None
) -> set["asyncio.Future[object]"]:
    """Return those of several tasks that finish first, or none after a timeout."""
    done, _ = await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    return done


async def cancel(*tasks: "asyncio.Future[T]") -> None:
    """Cancel tasks whose results nobody needs."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def task_of(work: Awaitable[object]) -> "asyncio.Future[object]":
    """Run something in parallel; the caller owns and ends it."""
    return asyncio.ensure_future(work)
