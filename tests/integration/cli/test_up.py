"""`moments up` as its user runs it: self-healing, refusals, stopping, no orphans."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.stack import BIN, Stack
from tests.support.waiting import exists, until

NAMES = ("web", "media", "worker", "postgres")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def home_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One product for all tests; it may be running or not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored in `up` too
    stack = Stack(tmp_path_factory.mktemp("up") / "home", demo=False)
    yield stack
    stack.stop()
    assert everything_of(stack.home) == {}
    assert "does not stop; killing it" not in stack.log.read_text()


@pytest.fixture
def stack(home_stack: Stack) -> Stack:
    """The product, running."""
    if not home_stack.is_healthy():
        home_stack.start()
    return home_stack


def everything_of(home: Path) -> dict[int, list[str]]:
    """Return every process that was started for a home, orphans included, with its command."""
    marks = [str(home)]
    record = home / "postgres" / "cluster.json"
    if record.exists():
        marks.append(json.loads(record.read_text())["data"])
    found = {}
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            mine = process.environ().get("MOMENTS_HOME") == str(home)
            mine = mine or any(mark in part for mark in marks for part in command)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = command
        except psutil.Error:
            continue
    return found


def up_of(home: Path) -> psutil.Process:
    """Return the process of `moments up` itself."""
    [pid] = [pid for pid, command in everything_of(home).items() if "up" in command]
    return psutil.Process(pid)


def moments(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BIN / "moments", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_first_start_prints_a_link_and_later_ones_the_address(stack: Stack) -> None:
    link = re.compile(rf"{re.escape(stack.url)}/first-start/\S+")
    await until(lambda: link.search(stack.log.read_text()))
    with stack.client() as client:  # of the first account, made by `moments user create`
        assert client.get("/api/streams").json()["items"] == []
    await stops_by(signal.SIGHUP, stack)
    stack.log.write_text("")
    stack.start()
    await until(lambda: f"Moments is ready: {stack.url}" in stack.log.read_text())
    assert not link.search(stack.log.read_text())


async def test_ctrl_c_stops_everything(stack: Stack) -> None:
    await stops_by(signal.SIGINT, stack)


async def stops_by(number: signal.Signals, stack: Stack) -> None:
    """Send `up` a signal, and wait until nothing of the product runs."""
    up_of(stack.home).send_signal(number)
    await until(lambda: not everything_of(stack.home))
    stack.stop()  # reaps it
    assert "does not stop; killing it" not in stack.log.read_text()


async def test_kill_9_of_up_leaves_no_orphan_and_the_home_free(stack: Stack) -> None:
    # The process that prints where to open the product ends by itself.
    await until(lambda: "Moments is ready" in stack.log.read_text())
    await until(lambda: not any("first-start" in c for c in everything_of(stack.home).values()))
    started = everything_of(stack.home)
    assert len(started) > len(NAMES)
    up_of(stack.home).kill()
    stack.stop()  # reaps it
    stack.start()  # waits for the reaper to be done, then takes the home
    assert not started.keys() & everything_of(stack.home).keys()


def test_what_a_dead_up_had_just_started_ends(tmp_path: Path) -> None:
    for name in NAMES:
        ended = moments(name, MOMENTS_HOME=str(tmp_path / "home"), MOMENTS_UP_PID="1")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "has ended" in ended.stderr


async def test_kill_9_of_the_supervisor_of_postgresql_is_healed(stack: Stack) -> None:
    server = stack.process("postgres")
    supervisor = server.parent()
    assert supervisor is not None
    supervisor.kill()
    await until(lambda: not exists(server.pid))
    await until(stack.is_healthy)
    assert stack.process("postgres").pid != server.pid


def test_a_second_start_on_the_same_home_is_refused(stack: Stack) -> None:
    second = moments("up", "--home", str(stack.home), "--port", "1")
    assert second.returncode == 1
    assert f"Moments is already running in {stack.home}" in second.stderr
    assert stack.is_healthy()


def test_a_taken_port_is_said_with_the_setting_to_change(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = moments("up", "--home", str(tmp_path / "home"), "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in refused.stderr
    assert "MOMENTS_PORT" in refused.stderr
    assert everything_of(tmp_path / "home") == {}


def test_a_wrong_setting_is_said(tmp_path: Path) -> None:
    refused = moments("up", "--home", str(tmp_path / "home"), MOMENTS_LOG_FORMAT="xml")
    assert refused.returncode == 2
    assert "log_format" in refused.stderr


def test_user_and_token_for_scripts(stack: Stack) -> None:
    made = stack.cli(
        *("user", "create", "--email", "ann@example.org", "--password", "a long password"),
        *("--organization", "Ann's"),
    )
    assert f"ann@example.org can sign in at {stack.url}" in made
    token = stack.cli("token", "create", "--email", "ann@example.org")
    assert re.fullmatch(r"mt_[\w-]{20,}", token)
    again = moments(
        *("user", "create", "--email", "ann@example.org", "--password", "a long password"),
        MOMENTS_HOME=str(stack.home),
    )
    assert again.returncode == 1
    assert len(again.stderr.strip().splitlines()) == 1
    nobody = moments("token", "create", "--email", "x@example.org", MOMENTS_HOME=str(stack.home))
    assert (nobody.returncode, nobody.stdout) == (1, "")


def test_doctor_finds_a_running_product_well(stack: Stack) -> None:
    report = moments("doctor", MOMENTS_HOME=str(stack.home), MOMENTS_PORT=str(stack.port))
    assert report.returncode == 0, report.stdout
    assert " 0 to fix." in report.stdout
    for name in ("database", "schema", "storage", "jobs", "media node"):
        assert re.search(rf"^ok +{name}", report.stdout, re.MULTILINE), report.stdout


def test_doctor_says_what_is_down(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    report = moments(
        "doctor",
        MOMENTS_HOME=str(home),
        DATABASE_URL="postgresql://nobody:secret-word@127.0.0.1:1/none",
        REDIS_URL="redis://127.0.0.1:1/0",
        MOMENTS_SECRET="short",
    )
    assert report.returncode == 1
    for name in ("database", "redis", "secret"):
        assert re.search(rf"^bad +{name}", report.stdout, re.MULTILINE), report.stdout
    assert "secret-word" not in report.stdout + report.stderr
