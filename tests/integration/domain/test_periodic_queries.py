"""Periodic work stays cheap however many rows there are.

Everything periodic runs once, for real, on full tables: the worker with its schedule, a node's
heartbeats, health and metrics, an open page. Then PostgreSQL's own counters give the number of rows
read, triggers included, and each statement's plan shows whether it scanned a table. A job added to
a package's `Work` is therefore covered too.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest_asyncio

from domain.bootstrap import Services
from domain.infra.database import Database
from domain.jobs.leases import Leases
from domain.jobs.worker import Worker
from domain.live.nodes import Beat
from tests.integration.domain.conftest import World
from tests.support.many_rows import fill
from tests.support.query_plans import PLANNED, RecordingDatabase, scans
from tests.support.waiting import until
from webapp.api import health

ROWS = 10_000
FEW = ROWS // 4  # the most that all of it may read of one table
_READ = """
SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
FROM pg_stat_user_tables ORDER BY relname
"""
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
_BIG = "SELECT relname FROM pg_class WHERE reltuples >= $1 AND relkind = 'r'"


@pytest_asyncio.fixture
async def database(dsn: str) -> AsyncIterator[RecordingDatabase]:
    database = RecordingDatabase(dsn)
    await database.start()
    yield database
    await database.close()


@pytest_asyncio.fixture
async def watcher(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection beside those that are watched."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def _work(services: Services, database: Database) -> None:
    """Run the worker until it has done every periodic job, and what they made."""
    stopping = asyncio.Event()
    work = services.work
    worker = Worker(database, work.handlers, periodic=work.periodic)
    running = asyncio.create_task(worker.run(stopping))

    async def done() -> bool:
        return not await database.fetchval(
            "SELECT (SELECT count(*) FROM schedule WHERE last_at IS NOT NULL) < $1"
            " OR EXISTS (SELECT 1 FROM job WHERE state = 'running')"
            " OR EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND run_at <= now())",
            len(work.periodic),
        )

    await until(done)
    stopping.set()
    await running
    await Leases(database, "redis").take_to_send(again_after_s=60)  # what Redis's feeder asks


async def _look_on(world: World) -> None:
    """Do what nodes, load balancers, Prometheus and open pages do every few seconds."""
    services, node, organization_id = world.services, world.node, world.member.organization_id
    assert organization_id is not None
    beat = Beat(node.id, node.url, node.url, name="one")
    await services.nodes.heartbeat(replace(beat, is_first=True))
    await services.nodes.heartbeat(beat)
    await health.report(services)  # and with it the queue's figures of /metrics
    await services.streams.list(world.member)
    await services.nodes.media_urls()
    feed = services.events.subscribe(organization_id)
    async with services.events.running():
        waiting = asyncio.create_task(anext(feed))
        await services.queue.enqueue("nothing", {}, delay_s=3600)

        async def is_told() -> bool:  # the feed may begin behind the first of these
            await services.events.publish(organization_id, "note", {})
            services.events._notified("")
            return waiting.done()

        await until(is_told)
    await feed.aclose()
    await services.nodes.drain("one")
    await services.nodes.heartbeat(beat)


async def _scanned(
    watcher: asyncpg.Connection, statements: dict[str, tuple[object, ...]]
) -> list[tuple[str, str]]:
    big = {row[0] for row in await watcher.fetch(_BIG, ROWS * 0.9)}
    found = []
    for sql, arguments in statements.items():
        if sql.startswith(PLANNED):
            plan = await watcher.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
            tables = big.intersection(scans(json.loads(plan)[0]["Plan"]))
            found += [(table, sql) for table in sorted(tables)]
    return found


async def test_nothing_periodic_looks_through_a_table(
    world: World, database: RecordingDatabase, watcher: asyncpg.Connection
) -> None:
    await world.beat()
    assert world.owner.organization_id is not None
    await fill(
        watcher,
        ROWS,
        organization_id=world.owner.organization_id,
        node_id=world.node.id,
        now=world.clock.now(),
    )
    await watcher.execute("SELECT pg_stat_force_next_flush()")
    await watcher.execute("SELECT pg_stat_reset()")
    database.statements.clear()
    await _work(world.services, database)
    await _look_on(world)
    statements = dict(database.statements)
    await database.close()  # which counts what its connections read

    async def alone() -> bool:
        return bool(await watcher.fetchval(_OTHERS) == 1)

    await until(alone)
    assert await _scanned(watcher, statements) == []
    read = dict(await watcher.fetch(_READ))
    assert {table: rows for table, rows in read.items() if rows > FEW} == {}
    assert read["captures"] > 0
