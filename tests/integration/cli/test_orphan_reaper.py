"""The reaper: nothing is left when `up` is killed, and the home stays locked until then."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from domain.core.errors import Conflict
from tests.support.waiting import exists, until
from webapp.cli import home, orphan_reaper
from webapp.cli.orphan_reaper import OrphanReaper

PARENT = """
import os, signal, subprocess, sys, time
from pathlib import Path
from webapp.cli import home
from webapp.cli.orphan_reaper import OrphanReaper

folder = Path(sys.argv[1])
home.prepare(folder)
reaper = OrphanReaper(home.lock(folder))
stubborn = "trap '' TERM; echo ready; while true; do sleep 0.1; done"
children = [
    subprocess.Popen(["sh", "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    for script in ("echo ready; sleep 60 & wait", stubborn)
]
for child in children:
    child.stdout.readline()
    reaper.started(child.pid, 0.5)
if sys.argv[2] == "new reaper":
    os.kill(reaper.pid, signal.SIGKILL)
    time.sleep(0.2)
    reaper.ended(2**22 + 1)
print(*(child.pid for child in children), reaper.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("which", ["first reaper", "new reaper"])
async def test_kill_9_of_the_parent_leaves_nothing(tmp_path: Path, which: str) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 (it is killed without a loop of its own)
        [sys.executable, "-c", PARENT, str(tmp_path / "home"), which],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pids = [int(part) for part in parent.stdout.readline().split()]
    assert all(exists(pid) for pid in pids)

    parent.kill()
    parent.stdout.close()

    # waits for the reaper to be done; that nobody has reaped the parent yet is no obstacle
    descriptor = home.lock(tmp_path / "home")
    parent.wait()
    await until(lambda: not any(map(exists, pids)))  # init reaps them when it gets to it
    os.close(descriptor)


def test_what_is_quick_to_stop_goes_before_postgresql(tmp_path: Path) -> None:
    told = tmp_path / "told"
    groups = {}
    for name, patience_s in (("postgres", 60.0), ("web", 10.0)):
        script = (
            f"trap 'echo {name} >> {told}; exit' TERM; echo ready; while :; do sleep 0.01; done"
        )
        process = subprocess.Popen(
            ["sh", "-c", script], start_new_session=True, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        groups[process.pid] = patience_s
        threading.Thread(target=process.wait).start()  # reaps it, as whoever adopts it would
    orphan_reaper.end(groups)
    assert told.read_text().split() == ["web", "postgres"]


async def test_a_reaper_ends_when_nothing_is_left(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    descriptor = home.lock(tmp_path)
    reaper = OrphanReaper(descriptor)
    pid = reaper.pid
    child = subprocess.Popen(  # noqa: ASYNC220 (the reaper is not asynchronous)
        ["sleep", "60"], start_new_session=True
    )
    reaper.started(child.pid, 1)
    reaper.ended(child.pid)
    reaper.close(wait_s=60)
    os.close(descriptor)
    assert not exists(pid)
    assert exists(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


async def test_a_home_is_held_once(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    descriptor = home.lock(tmp_path)
    with pytest.raises(
        Conflict, match=f"already running in {tmp_path} \\(process {os.getpid()}\\)"
    ):
        home.lock(tmp_path)
    os.close(descriptor)
    os.close(home.lock(tmp_path))
