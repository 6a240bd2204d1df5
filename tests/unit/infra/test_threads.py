"""Blocking calls in threads: awaited, and their errors reach the loop."""

import asyncio
import gc
import threading
from pathlib import Path
from typing import IO, Any

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


@pytest.mark.parametrize("is_among_others", [False, True])
async def test_a_file_that_nobody_waits_for_is_closed(
    tmp_path: Path, *, is_among_others: bool
) -> None:
    may_open, opened = threading.Event(), list[IO[bytes]]()

    def opening() -> object:
        may_open.wait()
        opened.append((tmp_path / "file").open("wb"))
        return (opened[0], 1) if is_among_others else opened[0]

    task = asyncio.ensure_future(in_thread(opening))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    may_open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened[0].closed
