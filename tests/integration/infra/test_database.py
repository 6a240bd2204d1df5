"""One transaction per service call, shared by tables and SQL; one error for an absent server."""

import asyncio

import pytest
from piccolo.apps.migrations.tables import Migration

from domain.core.errors import BadInput, Conflict, DatabaseUnavailable
from domain.infra.database import Database
from domain.infra.postgres import Server
from tests.support.cutting import cut_at

pytestmark = pytest.mark.usefixtures("database")


async def _steps(database: Database) -> int:
    return int(await database.fetchval("SELECT count(*) FROM migration WHERE app_name = 't'"))


async def test_tables_and_sql_share_one_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await Migration.insert(Migration(name="a", app_name="t"))
            assert await _steps(database) == 1
            raise ZeroDivisionError
    assert await _steps(database) == 0


async def test_an_inner_transaction_joins_the_outer_one(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            async with database.transaction():
                await Migration.insert(Migration(name="a", app_name="t"))
            raise ZeroDivisionError
    assert await _steps(database) == 0


async def test_a_savepoint_undoes_only_what_is_inside(database: Database) -> None:
    await database.execute("CREATE TABLE thing (name text UNIQUE)")
    async with database.transaction():
        await database.execute("INSERT INTO thing VALUES ('a')")
        with pytest.raises(Conflict):
            async with database.savepoint():
                await database.execute("INSERT INTO thing VALUES ('a')")
        await database.execute("INSERT INTO thing VALUES ('b')")
    assert await database.fetchval("SELECT count(*) FROM thing") == 2


async def test_a_swallowed_error_does_not_pass_for_a_commit(database: Database) -> None:
    with pytest.raises(Conflict, match="not saved"):
        async with database.transaction():
            with pytest.raises(BadInput):
                await database.execute("SELECT 1 / 0")


async def test_queries_started_together_in_a_transaction_take_turns(database: Database) -> None:
    async with database.transaction():
        values = await asyncio.gather(
            *(database.fetchval("SELECT $1::int", number) for number in range(20))
        )
    assert values == list(range(20))


async def test_a_task_that_outlives_its_transaction_has_its_own(database: Database) -> None:
    left = asyncio.Event()

    async def later() -> int:
        await left.wait()
        return int(await database.fetchval("SELECT 7"))

    async with database.transaction():
        task = asyncio.create_task(later())
    left.set()
    assert await task == 7


async def test_callbacks_run_after_the_commit_and_never_without_it(database: Database) -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(await _steps(database))

    async with database.transaction():
        async with database.transaction():
            database.after_commit(look)
        await Migration.insert(Migration(name="a", app_name="t"))
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            database.after_commit(look)
            raise ZeroDivisionError
    assert seen == [1]


async def test_what_a_savepoint_undid_leaves_nothing_with_the_commit(database: Database) -> None:
    seen: list[str] = []

    async def note() -> None:
        seen.append("undone")

    async with database.transaction():
        with pytest.raises(ZeroDivisionError):
            async with database.savepoint():
                database.after_commit(note)
                database.before_commit(note)
                raise ZeroDivisionError
    assert seen == []


async def test_a_cancelled_query_leaves_the_pool_whole(dsn: str) -> None:
    database = Database(dsn, pool_size=1)
    await database.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), database.transaction():
            await database.fetch("SELECT pg_sleep(30)")
    assert await database.fetchval("SELECT 1") == 1
    await database.close()


@pytest.mark.parametrize("value", ["a\x00b", 10**30])
async def test_values_that_do_not_fit_are_bad_input(database: Database, value: object) -> None:
    kind = "text" if isinstance(value, str) else "bigint"
    with pytest.raises(BadInput):
        await database.fetchval(f"SELECT $1::{kind}", value)


async def test_a_server_that_is_not_there(server_home: object) -> None:
    database = Database("postgresql://moments:x@127.0.0.1:9/moments")
    await database.start()
    for ask in (database.ping(), database.fetch("SELECT 1"), database.execute("SELECT 1")):
        with pytest.raises(DatabaseUnavailable):
            await ask
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            pass
    await database.close()


async def test_lost_connections_are_named_and_replaced(database: Database, dsn: str) -> None:
    other = Database(dsn)
    await other.start()
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            pid = await database.fetchval("SELECT pg_backend_pid()")
            await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
            await database.fetchval("SELECT 1")
    assert await database.fetchval("SELECT 1") == 1
    await other.close()


async def test_a_deadlock_is_a_busy_database(database: Database) -> None:
    await database.execute("CREATE TABLE thing (id int PRIMARY KEY, n int)")
    await database.execute("INSERT INTO thing VALUES (1, 0), (2, 0)")
    both = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async with database.transaction():
            await database.execute("UPDATE thing SET n = n + 1 WHERE id = $1", first)
            await both.wait()
            await database.execute("UPDATE thing SET n = n + 1 WHERE id = $1", second)

    results = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)
    assert [type(result) for result in results if result] == [DatabaseUnavailable]


async def test_a_table_outside_a_transaction_is_a_mistake_that_says_so(database: Database) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        await Migration.select()


async def test_an_answer_stands_where_the_server_dies_after_it(server: Server, dsn: str) -> None:
    port = server.cluster.port
    async with cut_at(port, b"RESET ALL") as cut:
        dying = Database(dsn.replace(f":{port}/", f":{cut}/"), pool_size=1)
        await dying.start()
        for _ in range(
            2
        ):  # a new connection each time: the one before was cut as it was given back
            assert await dying.fetchval("SELECT 1") == 1
        await dying.close()


async def test_statements_are_planned_for_their_values(database: Database) -> None:
    async with database.transaction():
        for number in range(8):  # PostgreSQL keeps a plan for any values after five
            await database.fetchval("SELECT 1 FROM job WHERE id = $1", str(number))
        kept = await database.fetchval(
            "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%job%'"
            " AND parameter_types <> '{}'"
        )
    assert kept == 0
