"""Blocking calls in threads: awaited, and their errors reach the loop."""

import asyncio
import gc
import threading
from typing import Any

import pytest

from domain.infra.threads import in_thread


async def test_a_call_that_fails_after_its_caller_was_cancelled_leaves_no_complaint() -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    begun, go_on = threading.Event(), threading.Event()

    def fail() -> None:
        begun.set()
        go_on.wait()
        raise OSError

    try:
        caller = asyncio.create_task(in_thread(fail))
        await asyncio.to_thread(begun.wait)
        caller.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
        del caller
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert complaints == []
