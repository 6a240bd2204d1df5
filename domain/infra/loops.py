"""Stops background loops, including those that swallow a cancellation."""

import asyncio
from collections.abc import Iterable

from domain.core.log import get_logger

log = get_logger(__name__)

_AGAIN_S = 0.1


async def end(tasks: Iterable["asyncio.Task[object]"], *, limit_s: float = 1.0) -> None:
    """Cancel tasks and wait for them to end, up to a timeout.

    Client libraries sometimes turn a cancellation into one of their own errors, which a loop that
    survives errors would survive too; so this cancels again until it works.
    """
    left = set(tasks)
    deadline = asyncio.get_running_loop().time() + limit_s
    while left and asyncio.get_running_loop().time() < deadline:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_S)
    for task in left:
        log.warning("task_did_not_end", task=task.get_name())
