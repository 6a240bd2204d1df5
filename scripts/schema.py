"""Write the reference schemas, `migrations/{postgres,tidb}/install.sql`: `make schema`.

Columns come from the Piccolo tables; defaults, constraints and indexes from a freshly migrated
database. `moments schema` prints the files, so it needs no database; a test fails if they are out
of date.
"""

import asyncio
import tempfile
from pathlib import Path

from domain.core.settings import Settings
from domain.infra import migrate, postgres
from domain.infra.database import Database
from scripts import schema_catalog, schema_tidb
from scripts.schema_catalog import Column, Schema, TableSchema

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_HEADER = """\
-- The whole schema for PostgreSQL, for reading and for new databases. `make schema` writes it.
-- Moments creates the same schema by its migrations; after this file none is left to run.
"""
_BOOKKEEPING = """\
INSERT INTO migration (name, app_name)
SELECT step, 'moments' FROM (VALUES
{steps}
) AS steps (step)
WHERE NOT EXISTS (SELECT 1 FROM migration WHERE name = step);
"""
_SERIAL = {"bigint": "bigserial", "serial": "serial"}


def postgres_sql(schema: Schema) -> str:
    """Return the statements that create the schema in PostgreSQL; they may run again."""
    parts = [_HEADER, *map(_table, schema.tables)]
    parts += [
        made.replace("CREATE STATISTICS", "CREATE STATISTICS IF NOT EXISTS") + ";\n"
        for made in schema.statistics
    ]
    parts += [f"{routine.strip()};\n" for routine in schema.routines]
    parts += [
        trigger.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER") + ";\n"
        for trigger in schema.triggers
    ]
    steps = ",\n".join(f"    ('{step}')" for step in schema.steps)
    parts.append(_BOOKKEEPING.format(steps=steps))
    return "\n".join(parts)


def _table(table: TableSchema) -> str:
    lines = [_column(column) for column in table.columns]
    lines += [f"CONSTRAINT {each.name} {each.definition}" for each in table.constraints]
    unlogged = "UNLOGGED " if table.unlogged else ""
    indexes = "".join(
        each.definition.replace(" INDEX ", " INDEX IF NOT EXISTS ", 1) + ";\n"
        for each in table.indexes
    )
    body = ",\n    ".join(lines)
    return (
        f"-- {table.comment}\n"
        f"CREATE {unlogged}TABLE IF NOT EXISTS public.{table.name} (\n    {body}\n);\n{indexes}"
    )


def _column(column: Column) -> str:
    serial = column.default is not None and column.default.startswith("nextval(")
    kind = _SERIAL[column.kind] if serial else column.kind
    default = f" DEFAULT {column.default}" if column.default and not serial else ""
    return f"{column.name} {kind}{default}{'' if column.null else ' NOT NULL'}"


async def files(database: Database) -> dict[Path, str]:
    """Return each file's content, by its path."""
    schema = await schema_catalog.read(database)
    return {
        MIGRATIONS / "postgres" / "install.sql": postgres_sql(schema),
        MIGRATIONS / "tidb" / "install.sql": schema_tidb.tidb_sql(schema),
    }


async def _write(home: Path) -> None:
    settings = Settings(home=home, database_url=None, _env_file=None)
    async with postgres.running(settings) as server:
        database = Database(server.cluster.dsn("postgres"))
        await database.start()
        try:
            await migrate.forwards(database)
            for path, text in (await files(database)).items():
                path.write_text(text, encoding="utf-8")
        finally:
            await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="moments-schema-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL's own user must reach it when root runs this
        asyncio.run(_write(folder))
