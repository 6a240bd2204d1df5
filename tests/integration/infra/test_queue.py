"""A job is enqueued with the commit and runs at least once, whatever dies."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from domain.core.context import about_moment, current_moment
from domain.core.errors import NotFound, StorageUnavailable
from domain.infra.database import Database
from domain.infra.queue import Queue
from domain.infra.work import Handler, Periodic
from domain.jobs.leases import Leases, pause_s
from domain.jobs.schedule import Scheduler
from domain.jobs.worker import Worker
from tests.support.waiting import until


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


@asynccontextmanager
async def _working(
    database: Database, tasks: dict[str, Handler], *, lease_s: float = 30
) -> AsyncIterator[asyncio.Event]:
    stopping = asyncio.Event()
    worker = Worker(database, tasks, lease_s=lease_s)
    task = asyncio.create_task(worker.run(stopping))
    try:
        yield stopping
    finally:
        stopping.set()
        await task


async def _jobs(database: Database) -> int:
    return int(await database.fetchval("SELECT count(*) FROM job"))


async def test_a_job_exists_only_if_its_transaction_commits(
    database: Database, queue: Queue
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await queue.enqueue("t", {})
            raise ZeroDivisionError
    assert await _jobs(database) == 0


async def test_a_job_that_another_transaction_adds_is_not_waited_for(
    database: Database, queue: Queue
) -> None:
    async def add(key: str) -> None:
        await queue.enqueue_unless_busy("t", {}, key=key)

    async with database.transaction():
        await add("one")
        for key in ("one", "two"):
            other = asyncio.create_task(add(key), context=contextvars.Context())
            await asyncio.wait_for(other, 60)
    await add("one")
    rows = await database.fetch("SELECT key FROM job ORDER BY key")
    assert [row["key"] for row in rows] == ["one", "two"]


async def test_a_job_is_about_the_moment_of_its_request(database: Database, queue: Queue) -> None:
    seen: list[tuple[str | None, object]] = []

    async def note(_args: dict[str, Any]) -> None:
        seen.append((current_moment(), get_contextvars().get("moment_id")))

    with about_moment("moment_1"):
        await queue.enqueue("t", {})
    await queue.enqueue("t", {})
    async with _working(database, {"t": note}):
        await until(lambda: len(seen) == 2)
    assert set(seen) == {("moment_1", "moment_1"), (None, None)}


async def test_every_job_is_done_once_by_two_workers(database: Database, queue: Queue) -> None:
    seen: Counter[int] = Counter()

    async def count(args: dict[str, Any]) -> None:
        seen[args["n"]] += 1

    async with _working(database, {"t": count}), _working(database, {"t": count}):
        for number in range(100):
            await queue.enqueue("t", {"n": number})
        await until(lambda: len(seen) == 100)

        async def is_empty() -> bool:
            return await _jobs(database) == 0

        await until(is_empty)
    assert set(seen.values()) == {1}


async def test_wishes_with_the_same_key_become_one_run(database: Database, queue: Queue) -> None:
    await queue.enqueue("t", {"n": 1}, key="k")
    await queue.enqueue("t", {"n": 2}, key="k")
    await queue.enqueue("t", {"n": 3}, key="other")
    assert await _jobs(database) == 2
    seen: list[int] = []

    async def note(args: dict[str, Any]) -> None:
        seen.append(args["n"])

    async with _working(database, {"t": note}):
        await until(lambda: len(seen) == 2)
    assert sorted(seen) == [2, 3]


async def test_a_wish_made_while_its_job_runs_gets_a_run_of_its_own(
    database: Database, queue: Queue
) -> None:
    begun, go_on, runs = asyncio.Event(), asyncio.Event(), []

    async def slow(args: dict[str, Any]) -> None:
        runs.append(args)
        begun.set()
        await go_on.wait()

    async with _working(database, {"t": slow}):
        await queue.enqueue("t", {}, key="k")
        await begun.wait()
        await queue.enqueue("t", {}, key="k")
        go_on.set()
        await until(lambda: len(runs) == 2)


async def test_a_failing_job_is_tried_again_and_at_last_parked_with_the_reason(
    database: Database, queue: Queue
) -> None:
    tries: list[int] = []

    async def fail(_args: dict[str, Any]) -> None:
        tries.append(1)
        raise ValueError("the moon is in the wrong place")

    job_id = await queue.enqueue("t", {"n": 1}, max_attempts=2)
    async with _working(database, {"t": fail}):
        await until(lambda: len(tries) == 1)

        async def is_parked() -> bool:
            await database.execute("UPDATE job SET run_at = now() WHERE state = 'queued'")
            return bool(await queue.parked())

        await until(is_parked)
    parked = (await queue.parked())[0]
    assert (parked.id, parked.name, parked.args, parked.attempts) == (job_id, "t", {"n": 1}, 2)
    assert parked.error == "ValueError: the moon is in the wrong place"
    assert (await queue.state()).parked == 1

    await queue.retry(job_id)
    assert await queue.parked() == []
    done = asyncio.Event()

    async def succeed(_args: dict[str, Any]) -> None:
        done.set()

    async with _working(database, {"t": succeed}):
        await asyncio.wait_for(done.wait(), 60)
    with pytest.raises(NotFound):
        await queue.retry(job_id)


async def test_what_waits_for_a_dependency_is_not_given_up(
    database: Database, queue: Queue
) -> None:
    leases = Leases(database, "w")
    await queue.enqueue("t", {}, max_attempts=1)
    job = await leases.claim_next()
    assert job is not None
    assert not await leases.failed(job, StorageUnavailable("The store is away."))
    assert await database.fetchval("SELECT state FROM job") == "queued"


async def test_a_job_without_a_handler_is_kept_and_says_so(
    database: Database, queue: Queue
) -> None:
    await queue.enqueue("nobody", {}, max_attempts=1)
    async with _working(database, {}):

        async def is_parked() -> bool:
            return bool(await queue.parked())

        await until(is_parked)
    assert "no handler for nobody" in (await queue.parked())[0].error


async def test_a_lease_that_lapses_goes_to_another_worker(database: Database, queue: Queue) -> None:
    dead, alive = Leases(database, "dead", lease_s=0.2), Leases(database, "alive")
    job_id = await queue.enqueue("t", {})
    lost = await dead.claim_next()
    assert lost is not None
    assert await alive.claim_next() is None
    await asyncio.sleep(0.3)
    taken = await alive.claim_next()
    assert taken is not None
    assert (taken.id, taken.attempts) == (job_id, 2)
    await dead.done(lost)  # it comes back and believes that it finished
    assert await _jobs(database) == 1
    await alive.done(taken)
    assert await _jobs(database) == 0


async def test_a_claim_whose_answer_was_lost_lapses(database: Database, queue: Queue) -> None:
    runs: list[int] = []

    async def note(args: dict[str, Any]) -> None:
        runs.append(args["n"])

    stopping = asyncio.Event()

    async def long(_args: dict[str, Any]) -> None:
        await stopping.wait()

    worker = Worker(database, {"note": note, "long": long}, lease_s=0.6)
    await queue.enqueue("note", {"n": 1})
    assert await worker.runner.leases.claim_next() is not None  # committed; nobody heard of it
    task = asyncio.create_task(worker.run(stopping))
    await queue.enqueue("long", {})  # keeps the worker renewing what it holds
    await until(lambda: 1 in runs, timeout_s=10)
    stopping.set()
    await task


async def test_a_job_that_kills_its_worker_is_parked(database: Database, queue: Queue) -> None:
    await queue.enqueue("t", {}, max_attempts=2)
    for number in range(2):
        assert await Leases(database, f"w{number}", lease_s=0.05).claim_next() is not None
        await asyncio.sleep(0.1)
    assert await Leases(database, "w3").claim_next() is None
    assert "died in each of 2 attempts" in (await queue.parked())[0].error


async def test_a_long_job_keeps_its_lease(database: Database, queue: Queue) -> None:
    runs: list[int] = []

    async def long(_args: dict[str, Any]) -> None:
        runs.append(1)
        await asyncio.sleep(1.5)

    async with (
        _working(database, {"t": long}, lease_s=0.6),
        _working(database, {"t": long}, lease_s=0.6),
    ):
        await queue.enqueue("t", {})

        async def is_empty() -> bool:
            return bool(runs) and await _jobs(database) == 0

        await until(is_empty)
    assert runs == [1]


async def test_stopping_gives_back_what_is_unfinished(database: Database, queue: Queue) -> None:
    begun = asyncio.Event()

    async def endless(_args: dict[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with _working(database, {"t": endless}):
        await queue.enqueue("t", {})
        await begun.wait()
    rows = await database.fetch("SELECT state, attempts, leased_by FROM job")
    assert tuple(rows[0]) == ("queued", 0, None)


async def test_a_delayed_job_waits(database: Database, queue: Queue) -> None:
    leases = Leases(database, "w")
    await queue.enqueue("t", {}, delay_s=100)
    assert await leases.claim_next() is None
    assert 1 < await leases.next_due_s(60) <= 60
    await database.execute("UPDATE job SET run_at = now()")
    assert await leases.claim_next() is not None


async def test_a_period_has_one_run_whoever_looks(database: Database, queue: Queue) -> None:
    periodic = Periodic("sweep", 3600)
    schedulers = [Scheduler(database, queue, [periodic]) for _ in range(4)]
    looks = await asyncio.gather(*(scheduler.look(periodic) for scheduler in schedulers))
    assert looks.count(True) == 1
    assert await _jobs(database) == 1
    await database.execute("UPDATE schedule SET next_at = now()")
    assert await schedulers[0].look(periodic)
    assert await _jobs(database) == 1  # the first has not begun yet


def test_pauses_grow_and_differ() -> None:
    error = ValueError()
    assert 1 <= pause_s(1, error) <= 3
    assert 150 <= pause_s(30, error) <= 450
    assert len({pause_s(5, error) for _ in range(10)}) > 1
