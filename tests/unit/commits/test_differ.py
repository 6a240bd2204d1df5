"""The visual diff's process is killed, and pictures that it cannot read."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from domain.commits.differ import Differ
from domain.commits.visual import Settings
from domain.core.errors import BadInput
from tests.support.http_server import until
from tests.unit.commits.pictures import disc, page, png

OLD = png(page())
NEW = png(disc(page(), 300, 200, 30))
SETTINGS = Settings()


@pytest.fixture
async def differ() -> AsyncIterator[Differ]:
    made = Differ()
    yield made
    await made.close()


async def _stopped(differ: Differ) -> int:
    """Return the id of the process, which answers nothing from now on."""
    assert (await differ.compare(OLD, OLD, SETTINGS)).is_match
    pid = differ.calls.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    return pid


async def test_a_killed_comparison_is_done_again(differ: Differ) -> None:
    pid = await _stopped(differ)
    asked = asyncio.create_task(differ.compare(OLD, NEW, SETTINGS))
    await asyncio.sleep(0)  # until it has been sent
    os.kill(pid, signal.SIGKILL)
    assert (await asked).summary == "1.7 % changed in 1 place"
    assert differ.calls.pid != pid
    with pytest.raises(BadInput, match="damaged or cut short"):
        await differ.draw(OLD, NEW[:-100], SETTINGS)


async def test_what_kills_the_process_twice_is_refused(differ: Differ) -> None:
    first = await _stopped(differ)
    asked = asyncio.create_task(differ.compare(OLD, NEW, SETTINGS))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    await until(lambda: differ.calls.pid not in {first, None})
    os.kill(differ.calls.pid or 0, signal.SIGKILL)  # while it still starts
    with pytest.raises(BadInput, match="could not be compared"):
        await asked
    assert (await differ.calibrate(OLD, OLD, SETTINGS)).comparison.is_match


async def test_a_cancelled_comparison_ends_the_process(differ: Differ) -> None:
    pid = await _stopped(differ)
    asked = asyncio.create_task(differ.compare(OLD, NEW, SETTINGS))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
