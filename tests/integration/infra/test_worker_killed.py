"""Workers are killed, databases and Redis restart and lose data: every job still runs."""

import asyncio
import contextlib
import random
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.infra.database import Database
from domain.infra.queue import Queue
from tests.conftest import command
from tests.support.waiting import until


@pytest_asyncio.fixture
async def noted(database: Database) -> Database:
    await database.execute("CREATE TABLE noted (n int, what text)")
    return database


async def _count(database: Database, what: str) -> int:
    return int(await database.fetchval("SELECT count(DISTINCT n) FROM noted WHERE what = $1", what))


async def _all_done(database: Database, count: int) -> None:
    async def is_done() -> bool:
        left = await database.fetchval("SELECT count(*) FROM job")
        return bool(left == 0) and await _count(database, "done") == count

    await until(is_done)


class _Workers:
    """Worker processes that can be killed."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.processes: list[asyncio.subprocess.Process] = []

    async def start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "tests.support.job_worker"),
            *self._arguments,
            cwd=Path(__file__).parents[3],
        )
        self.processes.append(process)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        process.kill()
        await process.wait()
        self.processes.remove(process)

    async def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(process.wait() for process in self.processes))


@pytest_asyncio.fixture
async def workers(dsn: str) -> AsyncIterator[_Workers]:
    workers = _Workers(dsn)
    yield workers
    await workers.close()


async def test_the_job_of_a_killed_worker_is_done_by_another(
    noted: Database, workers: _Workers
) -> None:
    queue = Queue(noted)
    await queue.enqueue("note", {"n": 1, "takes_s": 60})
    first = await workers.start()

    async def is_begun() -> bool:
        return await _count(noted, "begun") == 1

    await until(is_begun)
    await noted.execute("UPDATE job SET args = jsonb_build_object('n', 1, 'takes_s', 0)")
    await workers.kill(first)
    await workers.start()
    await _all_done(noted, 1)
    assert await noted.fetchval("SELECT count(*) FROM noted WHERE what = 'begun'") == 2


@pytest.mark.slow
async def test_kill_after_kill_loses_no_job(noted: Database, workers: _Workers) -> None:
    queue = Queue(noted)
    for _ in range(2):
        await workers.start()
    for number in range(40):
        await queue.enqueue("note", {"n": number, "takes_s": 0.2}, max_attempts=100)
    for _ in range(6):
        await asyncio.sleep(random.uniform(0.2, 0.8))
        await workers.kill(workers.processes[0])
        await workers.start()
    await _all_done(noted, 40)


async def test_a_stop_ends_in_order_and_counts_for_nothing(
    noted: Database, workers: _Workers
) -> None:
    queue = Queue(noted)
    worker = await workers.start()
    await queue.enqueue("note", {"n": 1, "takes_s": 60})

    async def is_begun() -> bool:
        return await _count(noted, "begun") == 1

    await until(is_begun)
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 60) == 0
    rows = await noted.fetch("SELECT state, attempts FROM job")
    assert [tuple(row) for row in rows] == [("queued", 0)]


class _RedisServer:
    """A real redis-server that can be killed and brought back, with or without its data."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        await self._run()

        async def answers() -> bool:
            if self._process is None or self._process.returncode is not None:
                await self._run()  # another test's connection had the port
            redis = Redis.from_url(self.url)
            try:
                return bool(await redis.ping())
            except (RedisError, OSError):
                return False
            finally:
                await redis.aclose()

        await until(answers)

    async def _run(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(self._binary, "--port", str(self._port), "--dir", str(self._folder)),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
            stdout=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@pytest.fixture
def redis_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="moments-redis-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def redis_server(redis_folder: Path) -> AsyncIterator[_RedisServer]:
    server = _RedisServer(command("redis-server"), redis_folder)
    await server.start()
    yield server
    await server.kill()


@pytest_asyncio.fixture
async def redis_workers(dsn: str, redis_server: _RedisServer) -> AsyncIterator[_Workers]:
    workers = _Workers(dsn, redis_server.url)
    yield workers
    await workers.close()


@pytest.mark.redis
async def test_jobs_travel_over_redis(
    noted: Database, dsn: str, redis_server: _RedisServer
) -> None:
    queue = Queue(noted)
    # A busy machine may let a short lease run out, and the job is done again.
    patient = _Workers(dsn, redis_server.url, "30")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(patient.close)
        for _ in range(2):
            await patient.start()
        for number in range(50):
            await queue.enqueue("note", {"n": number})
        await _all_done(noted, 50)
    assert await noted.fetchval("SELECT count(*) FROM noted WHERE what = 'begun'") == 50


@pytest.mark.redis
async def test_the_job_of_a_killed_worker_travels_again(
    noted: Database, redis_workers: _Workers
) -> None:
    await Queue(noted).enqueue("note", {"n": 1, "takes_s": 60})
    first = await redis_workers.start()

    async def is_begun() -> bool:
        return await _count(noted, "begun") == 1

    await until(is_begun)
    await noted.execute("UPDATE job SET args = jsonb_build_object('n', 1, 'takes_s', 0)")
    await redis_workers.kill(first)
    await redis_workers.start()
    await _all_done(noted, 1)


@pytest.mark.redis
async def test_a_redis_that_forgot_everything_gets_what_is_unfinished(
    noted: Database, redis_workers: _Workers, redis_server: _RedisServer
) -> None:
    queue = Queue(noted)
    for number in range(30):
        await queue.enqueue("note", {"n": number, "takes_s": 0.3}, max_attempts=100)
    await redis_workers.start()

    async def is_begun() -> bool:
        return await _count(noted, "begun") > 0

    await until(is_begun)
    await redis_server.kill()
    await queue.enqueue("note", {"n": 30})
    await redis_server.start()
    await _all_done(noted, 31)
