"""The reference schemas are up to date, and their databases accept them."""

import re
from collections.abc import Awaitable, Callable

import asyncpg

from domain.infra.database import Database
from scripts import schema
from scripts.schema_catalog import piccolo_tables
from tests.support import mariadb

_CHANGE = "20251018_143000_add_moment_session_fields.sql"
# MariaDB keeps JSON as longtext; an indexed text is a varchar.
_COLUMNS = """
SELECT concat_ws(' ', table_name, column_name, is_nullable, CASE data_type
    WHEN 'longtext' THEN 'json' WHEN 'varchar' THEN 'text' ELSE data_type END)
FROM information_schema.columns WHERE table_schema = 'new'
"""
_TYPES = {
    "BYTEA": "mediumblob",
    "TEXT": "text",
    "TEXT[]": "text",
    "JSONB": "json",
    "TIMESTAMPTZ": "datetime",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE PRECISION": "double",
    "BOOLEAN": "tinyint",
}
_OLD = """
CREATE TABLE moments (id varchar(36) PRIMARY KEY, title varchar(99));
CREATE TABLE sessions (id varchar(36) PRIMARY KEY);
INSERT INTO moments VALUES ('5f0c7a0e-0000-4000-8000-000000000001', 'Bloom'),
    ('5f0c7a0e-0000-4000-8000-000000000002', NULL);
INSERT INTO sessions VALUES ('5f0c7a0e-0000-4000-8000-000000000003'),
    ('5f0c7a0e-0000-4000-8000-000000000004');
"""
_WRITE = """
UPDATE moments SET speakers = '[{"text": "Grüße 👋", "emotion": "happy"}]' WHERE title = 'Bloom';
UPDATE sessions SET moment_id = '5f0c7a0e-0000-4000-8000-000000000001'
    WHERE id = '5f0c7a0e-0000-4000-8000-000000000003';
"""
_WRITTEN = """
SELECT count(*) FROM moments JOIN sessions ON moment_id = '5f0c7a0e-0000-4000-8000-000000000001'
WHERE title = 'Bloom' AND speakers LIKE '%Grüße 👋%'
"""
_ROWS = "SELECT (SELECT count(*) FROM moments) + (SELECT count(*) FROM sessions)"


def _sql(provider: str, name: str) -> str:
    return (schema.MIGRATIONS / provider / name).read_text(encoding="utf-8")


def _commented(sql: str, heading: str) -> str:
    """Return the commented statements below a heading, uncommented."""
    lines = sql[sql.index(f"-- {heading}") :].split("\n\n", maxsplit=1)[0].splitlines()
    return "\n".join(
        line.removeprefix("-- ") for line in lines if re.match("-- (ALTER|DROP)", line)
    )


def _declared() -> set[str]:
    """Return every column of the Piccolo tables as a MySQL server should describe it."""
    found = set()
    for table in piccolo_tables():
        for column in table._meta.columns:
            name = f"{table._meta.tablename} {column._meta.db_column_name}"
            null = "YES" if column._meta.null else "NO"
            kind = "text" if name == "moments speakers" else _TYPES.get(column.column_type)
            if kind and table._meta.tablename != "migration":  # search is PostgreSQL's
                found.add(f"{name} {null} {kind}")
    return found


async def test_the_files_are_up_to_date(database: Database) -> None:
    for path, text in (await schema.files(database)).items():
        assert path.read_text(encoding="utf-8") == text, "run: make schema"


async def test_postgresql_takes_the_change_and_the_rollback(
    new_database: Callable[..., Awaitable[str]],
) -> None:
    connection = await asyncpg.connect(await new_database(empty=True))
    sql = _sql("postgres", _CHANGE)

    async def found() -> set[str]:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name || ' ' || data_type AS it"
            " FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name NOT IN ('id', 'title')"
            " UNION SELECT indexname FROM pg_indexes"
            " WHERE schemaname = 'public' AND indexname NOT LIKE '%pkey'"
        )
        return {row["it"] for row in rows}

    added = {
        "moments.speakers jsonb", "moments.key_emotions ARRAY", "sessions.moment_id uuid",
        "idx_moments_speakers_gin", "idx_moments_key_emotions_gin", "idx_sessions_moment_id",
    }  # fmt: skip
    written = _WRITTEN.replace("speakers LIKE", "speakers::text LIKE")
    try:
        await connection.execute(_OLD)
        for _ in range(2):  # forwards, and again after the rollback
            await connection.execute(sql)
            assert await found() == added
            await connection.execute(_WRITE)
            await connection.execute(sql)
            assert await connection.fetchval(written) == 1
            for _ in range(2):
                await connection.execute(_commented(sql, "Rollback."))
            assert await found() == set()
            assert await connection.fetchval(_ROWS) == 4
    finally:
        await connection.close()


async def test_our_own_database_takes_the_change(database: Database) -> None:
    async with database.connection() as connection:
        for _ in range(2):
            await connection.execute(_sql("postgres", _CHANGE))


async def test_a_mysql_server_takes_the_schema_the_change_and_the_rollback() -> None:
    install, change = _sql("tidb", "install.sql"), _sql("tidb", _CHANGE)
    async with mariadb.running() as server:
        server.run("CREATE DATABASE new; CREATE DATABASE old CHARACTER SET utf8mb4")

        def found(database: str) -> set[str]:
            return set(
                server.run(
                    "SELECT concat(table_name, '.', column_name) FROM information_schema.columns"
                    f" WHERE table_schema = '{database}' UNION SELECT index_name"
                    f" FROM information_schema.statistics WHERE table_schema = '{database}'"
                )
            )

        added = {
            "moments.speakers", "moments.key_emotions", "sessions.moment_id",
            "idx_sessions_moment_id",
        }  # fmt: skip
        for _ in range(2):
            server.run(install, "new")
            server.run(change, "new")
        assert set(server.run(_COLUMNS)) == _declared()

        server.run(_OLD, "old")
        bare = found("old")
        for _ in range(2):  # forwards, and again after the rollback
            server.run(change, "old")
            assert found("old") == bare | added
            server.run(_WRITE, "old")
            server.run(change, "old")
            assert server.run(_WRITTEN, "old") == ["1"]
            for _ in range(2):
                server.run(_commented(change, "Rollback."), "old")
            assert found("old") == bare
            assert server.run(_ROWS, "old") == ["4"]


def test_the_change_for_tidb_is_a_column_a_statement() -> None:
    """MariaDB takes several columns in an ALTER; an old TiDB does not."""
    change = _sql("tidb", _CHANGE)
    for sql in (change, _commented(change, "Rollback.")):
        for statement in sql.split(";"):
            assert statement.count(" COLUMN ") <= 1, statement
            assert statement.count(" IF ") == len(re.findall("ALTER TABLE|INDEX", statement))
