"""Processes are killed at random instants during captures: a short run of `benchmarks/faults.py`.

A killed worker, a lost store, a broken source and a full disk have tests of their own as well; the
benchmark does all of them, many times.
"""

import tempfile
from pathlib import Path

import pytest

from benchmarks.faults import is_good, report, run_faults

KILLED = ("media", "web", "postgres")


@pytest.mark.slow
@pytest.mark.ffmpeg
@pytest.mark.timeout(900)
def test_kills_during_captures_break_no_promise() -> None:
    with tempfile.TemporaryDirectory() as name:  # PostgreSQL's own user cannot reach pytest's
        folder = Path(name)
        folder.chmod(0o755)
        ledger = run_faults(KILLED, folder)
    assert ledger.promised
    assert is_good(KILLED, ledger), report("each once", ledger)
