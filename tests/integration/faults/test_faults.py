"""Each fault twice, at random instants during captures: `benchmarks/faults.py` in short."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks._breaking import can_mount
from benchmarks.faults import is_good, report, run_faults

pytestmark = [pytest.mark.slow, pytest.mark.ffmpeg, pytest.mark.timeout(300)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def hold(faults: Sequence[str], folder: Path) -> None:
    ledger = run_faults(faults, folder)
    assert ledger.promised
    assert is_good(faults, ledger), report(" ".join(sorted(set(faults))), ledger)


def test_processes_killed_during_captures_break_no_promise(folder: Path) -> None:
    hold(["media", "worker", "web", "postgres"] * 2, folder)


def test_a_store_and_a_source_away_during_captures_break_no_promise(folder: Path) -> None:
    hold(["store", "source"] * 2, folder)


@pytest.mark.skipif(not can_mount(), reason="a small disk needs the right to mount one")
def test_a_full_disk_during_captures_breaks_no_promise(folder: Path) -> None:
    hold(["disk"] * 2, folder)
