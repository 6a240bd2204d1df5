"""The soak, for a minute: people come and go, some without a word, and nothing of them stays."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.conftest import command

_ROOT = Path(__file__).parents[3]


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_nothing_stays_of_publishers_and_viewers_that_come_and_go() -> None:
    command("ffmpeg")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.soak", "--minutes", "1", "--viewers", "3",
        stdout=asyncio.subprocess.PIPE, cwd=_ROOT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"stayed behind: nothing" in said
