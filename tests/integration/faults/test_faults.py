"""Each fault once, at random instants during captures: a short run of `benchmarks/faults.py`."""

import tempfile
from pathlib import Path

import pytest

from benchmarks._breaking import can_mount
from benchmarks.faults import FAULTS, is_good, report, run_faults


@pytest.mark.slow
@pytest.mark.ffmpeg
@pytest.mark.timeout(900)
def test_faults_during_captures_break_no_promise() -> None:
    faults = [fault for fault in FAULTS if fault != "disk" or can_mount()]
    with tempfile.TemporaryDirectory() as name:  # PostgreSQL's own user cannot reach pytest's
        folder = Path(name)
        folder.chmod(0o755)
        ledger = run_faults(faults, folder)
    assert ledger.promised
    assert is_good(faults, ledger), report("each once", ledger)
