"""Blocking calls in threads, never abandoned half-way."""

import asyncio
import io
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call in a thread; cancellation waits for it, so nobody cleans up early.

    A file must not be closed under the thread that writes it.
    """
    task = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        # A cancelled caller ignores the outcome; a file that was opened for it is nobody's.
        if not task.cancelled() and task.exception() is None:
            _close(task.result())
        raise


def _close(outcome: object) -> None:
    for each in outcome if isinstance(outcome, tuple) else (outcome,):
        if isinstance(each, io.IOBase):
            each.close()
