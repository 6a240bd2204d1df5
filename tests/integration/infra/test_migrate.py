"""The schema goes forwards, backwards and forwards again to the same place."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from piccolo.table import Table

import domain
from domain.core.errors import BadInput, DatabaseUnavailable
from domain.infra import migrate
from domain.infra.database import Database

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


async def test_one_step_back_and_forth(empty: Database) -> None:
    steps = await migrate.forwards(empty)
    first = await _dump(empty)
    for step in reversed(steps[:-1]):
        await migrate.backwards(empty, step)
    assert await migrate.pending(empty) == steps[1:]
    for step in steps[1:]:
        assert await migrate.forwards(empty, step) == [step]
    assert await _dump(empty) == first


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


def _tables() -> list[type[Table]]:
    found: list[type[Table]] = []
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if module.name.endswith(".tables"):
            members = vars(importlib.import_module(module.name)).values()
            found += [
                member
                for member in members
                if isinstance(member, type)
                and issubclass(member, Table)
                and member.__module__ == module.name
            ]
    return found


async def test_the_declared_tables_are_the_migrated_ones(database: Database) -> None:
    rows = await database.fetch(
        "SELECT relname, attname, format_type(atttypid, NULL) AS kind, attnotnull"
        " FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0"
    )
    migrated = {
        (row["relname"], row["attname"]): (row["kind"], not row["attnotnull"]) for row in rows
    }
    assert _tables()
    for table in _tables():
        for column in table._meta.columns:
            place = (table._meta.tablename, column._meta.db_column_name)
            kind = column.column_type.split("(")[0]
            declared = (_TYPES.get(kind, kind.lower()), column._meta.null)
            assert (place, migrated.get(place)) == (place, declared)
