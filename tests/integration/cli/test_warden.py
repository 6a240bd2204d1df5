"""The guardian: nothing is left when `up` is killed, and the home stays locked until then."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from domain.core.errors import Conflict
from tests.support.waiting import exists, until
from webapp.cli import guardian, home
from webapp.cli.warden import Warden

PARENT = """
import os, signal, subprocess, sys, time
from pathlib import Path
from webapp.cli import home
from webapp.cli.warden import Warden

folder = Path(sys.argv[1])
home.prepare(folder)
warden = Warden(home.lock(folder))
stubborn = "trap '' TERM; echo ready; while true; do sleep 0.1; done"
children = [
    subprocess.Popen(["sh", "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    for script in ("echo ready; sleep 60 & wait", stubborn)
]
for child in children:
    child.stdout.readline()
    warden.started(child.pid, 0.5)
if sys.argv[2] == "new guardian":
    os.kill(warden.pid, signal.SIGKILL)
    time.sleep(0.2)
    warden.ended(2**22 + 1)
print(*(child.pid for child in children), warden.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("which", ["first guardian", "new guardian"])
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

    # waits for the guardian to be done; that nobody has reaped the parent yet is no obstacle
    descriptor = home.lock(tmp_path / "home")
    parent.wait()
    assert not any(exists(pid) for pid in pids[:2])
    await until(lambda: not exists(pids[2]))
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
    guardian.end(groups)
    assert told.read_text().split() == ["web", "postgres"]


async def test_a_guardian_is_let_go_with_nothing_left_to_guard(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    descriptor = home.lock(tmp_path)
    warden = Warden(descriptor)
    pid = warden.pid
    child = subprocess.Popen(  # noqa: ASYNC220 (the warden is not asynchronous)
        ["sleep", "60"], start_new_session=True
    )
    warden.started(child.pid, 1)
    warden.ended(child.pid)
    warden.close()
    os.close(descriptor)
    assert not exists(pid)
    assert exists(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


async def test_a_home_is_held_once(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    descriptor = home.lock(tmp_path)
    with pytest.raises(
        Conflict, match=f"already running on {tmp_path} \\(process {os.getpid()}\\)"
    ):
        home.lock(tmp_path)
    os.close(descriptor)
    os.close(home.lock(tmp_path))
