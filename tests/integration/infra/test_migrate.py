"""The schema migrates forwards, backwards and forwards again to the same state."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from domain.core.errors import BadInput, DatabaseUnavailable
from domain.infra import migrate
from domain.infra.database import Database
from scripts.schema import MIGRATIONS
from scripts.schema_catalog import piccolo_tables

_DUMP = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable,
    column_default, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position))
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'routine', proname, pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL SELECT 'statistics', stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""


@pytest_asyncio.fixture
async def empty(new_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Database]:
    database = Database(await new_database(empty=True))
    await database.start()
    yield database
    await database.close()


async def _dump(database: Database) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await database.fetch(_DUMP)]


async def test_backwards_and_forwards_again_is_the_same_schema(empty: Database) -> None:
    steps = await migrate.forwards(empty)
    first = await _dump(empty)
    assert await migrate.forwards(empty) == []
    assert await migrate.backwards(empty, "zero") == steps[::-1]
    left = {name for kind, name, _ in await _dump(empty) if kind == "column"}
    assert {name.split(".")[0] for name in left} == {"migration"}
    assert await migrate.forwards(empty) == steps
    assert await _dump(empty) == first


async def test_a_step_may_take_longer_than_other_statements(empty: Database) -> None:
    hurried = Database(empty.dsn, command_timeout_s=1e-6)
    await hurried.start()
    steps = await migrate.forwards(hurried)
    await hurried.close()
    assert steps
    assert await migrate.pending(empty) == []


async def test_one_step_back_and_forth(empty: Database) -> None:
    steps = await migrate.forwards(empty)
    first = await _dump(empty)
    for step in reversed(steps[:-1]):
        await migrate.backwards(empty, step)
    assert await migrate.pending(empty) == steps[1:]
    for step in steps[1:]:
        assert await migrate.forwards(empty, step) == [step]
    assert await _dump(empty) == first


async def test_graphs_of_an_earlier_kind_are_dropped_to_be_made_anew(empty: Database) -> None:
    steps = await migrate.forwards(empty)
    before = steps[steps.index("20261129_0530_search_graph") - 1]
    await migrate.backwards(empty, before)
    await empty.execute("CREATE INDEX passages_near_org_1 ON passages (id)")
    await empty.execute("CREATE INDEX passages_nearby ON passages (id)")
    await migrate.forwards(empty)
    rows = await empty.fetch(
        "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'passages_near%'"
    )
    assert [row["indexname"] for row in rows] == ["passages_nearby"]


async def test_processes_that_start_together_do_not_collide(empty: Database) -> None:
    waiting = asyncio.create_task(migrate.wait_for_schema(empty))
    ran = await asyncio.gather(*(migrate.forwards(empty) for _ in range(3)))
    await waiting
    assert sorted(map(len, ran))[:2] == [0, 0]


async def test_an_old_schema_is_named(empty: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="moments migrate"):
        await migrate.wait_for_schema(empty, wait_s=0)


async def test_an_unknown_step(empty: Database) -> None:
    with pytest.raises(BadInput, match="no migration"):
        await migrate.forwards(empty, "20990101_0000_nothing")


_TYPES = {
    "BIGINT": "bigint",
    "SERIAL": "integer",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TEXT": "text",
    "VARCHAR": "character varying",
    "BOOLEAN": "boolean",
    "JSONB": "jsonb",
    "TIMESTAMPTZ": "timestamp with time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIMESTAMP": "timestamp without time zone",
    "DOUBLE PRECISION": "double precision",
    "BYTEA": "bytea",
    "DATE": "date",
}


async def test_the_declared_tables_are_the_migrated_ones(database: Database) -> None:
    rows = await database.fetch(
        "SELECT relname, attname, format_type(atttypid, NULL) AS kind, attnotnull"
        " FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0"
        " AND NOT attisdropped"
    )
    migrated = {
        (row["relname"], row["attname"]): (row["kind"], not row["attnotnull"]) for row in rows
    }
    declared = {}
    for table in piccolo_tables():
        for column in table._meta.columns:
            kind = re.sub(r"\(\d+\)", "", column.column_type)
            place = (table._meta.tablename, column._meta.db_column_name)
            declared[place] = (_TYPES.get(kind, kind.lower()), column._meta.null)
    assert declared == migrated


async def test_the_reference_schema_is_the_migrated_one(
    empty: Database, database: Database
) -> None:
    for _ in range(2):
        async with empty.connection() as connection:
            await connection.execute((MIGRATIONS / "postgres" / "install.sql").read_text())
    assert await migrate.forwards(empty) == []
    assert _lasting(await _dump(empty)) == _lasting(await _dump(database))


def _lasting(dump: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Drop what the history of a table leaves: places of columns, names of NOT NULLs."""
    return {
        (kind, name, text.rpartition(" ")[0] if kind == "column" else text)
        for kind, name, text in dump
        if not text.startswith("NOT NULL")
    }
