"""The scripts' own unit tests, in `tests/scripts`, run by Deno."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_scripts() -> None:
    deno = Path(sys.executable).with_name("deno")
    run = subprocess.run(
        [deno, "test", "--no-check", "--quiet", "tests/scripts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
