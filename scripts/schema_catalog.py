"""The sources of the reference schema: the Piccolo tables and a migrated database.

The tables declare columns: names, types, nullability, comments. The migrated database has what
Piccolo cannot express: defaults, constraints, indexes, functions and triggers. A test compares the
two column by column.
"""

import importlib
import pkgutil
from dataclasses import dataclass

from piccolo.apps.migrations.tables import Migration
from piccolo.table import Table

import domain
from domain.infra.database import Database

_DEFAULTS = """
SELECT relname, attname, pg_get_expr(adbin, adrelid) AS value
FROM pg_attrdef JOIN pg_class ON pg_class.oid = adrelid
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
WHERE relnamespace = 'public'::regnamespace
"""
_UNLOGGED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'u'
"""
# NOT NULL (n) belongs to the column.
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS "table", conname AS name, contype::text AS kind,
    pg_get_constraintdef(pg_constraint.oid) AS definition,
    CASE contype WHEN 'f' THEN confrelid::regclass::text END AS target,
    array(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place) AS columns,
    array(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place) AS references,
    confdeltype::text AS on_delete
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
ORDER BY 1, position(contype::text IN 'pufc'), 2
"""
# Constraints own theirs. A column is empty if an expression is indexed.
_INDEXES = """
SELECT indrelid::regclass::text AS "table", relname AS name, indisunique AS is_unique,
    pg_get_indexdef(indexrelid) AS definition, amname AS method,
    pg_get_expr(indpred, indrelid) AS predicate,
    array(SELECT coalesce(attname::text, '') FROM unnest(indkey::int2[]) WITH ORDINALITY
            AS key (number, place)
        LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number AND number > 0
        WHERE place <= indnkeyatts ORDER BY place) AS columns,
    array(SELECT (flags & 1) = 1 FROM unnest(indoption::int2[]) WITH ORDINALITY
        AS option (flags, place) ORDER BY place) AS descending
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
WHERE relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1, 2
"""
_STATISTICS = """
SELECT pg_get_statisticsobjdef(oid) AS definition FROM pg_statistic_ext
WHERE stxnamespace = 'public'::regnamespace ORDER BY stxname
"""
_ROUTINES = """
SELECT pg_get_functiondef(oid) AS definition FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
ORDER BY proname
"""
_TRIGGERS = """
SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
WHERE NOT tgisinternal ORDER BY tgname
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column declared by its Piccolo table, with its default in the database."""

    name: str
    kind: str  # PostgreSQL's type
    null: bool
    default: str | None
    comment: str
    is_list: bool  # an array, or JSON that holds one


@dataclass(frozen=True, slots=True)
class Constraint:
    """A primary key (p), unique (u), foreign key (f) or check (c) constraint."""

    table: str
    name: str
    kind: str
    definition: str
    target: str | None
    columns: list[str]
    references: list[str]
    on_delete: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index that no constraint owns."""

    table: str
    name: str
    is_unique: bool
    definition: str
    method: str
    predicate: str | None
    columns: list[str]
    descending: list[bool]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table with its columns, constraints and indexes."""

    name: str
    comment: str
    unlogged: bool
    columns: list[Column]
    constraints: list[Constraint]
    indexes: list[Index]


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables, each after those that it refers to, and what the database has besides."""

    tables: list[TableSchema]
    statistics: list[str]
    routines: list[str]
    triggers: list[str]
    steps: list[str]  # the migrations that lead here


def piccolo_tables() -> list[type[Table]]:
    """Return every table that the domain's `tables.py` files declare, and Piccolo's own."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(domain.__path__, "domain.")
        if found.name.endswith(".tables")
    ]
    return [Migration] + [
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, Table)
        and member.__module__ == module.__name__
    ]


async def read(database: Database) -> Schema:
    """Read the schema of a migrated database.

    Raises:
        DatabaseUnavailable: The server is unreachable.
    """
    defaults = {
        (row["relname"], row["attname"]): row["value"] for row in await database.fetch(_DEFAULTS)
    }
    unlogged = {row["relname"] for row in await database.fetch(_UNLOGGED)}
    constraints = [Constraint(**row) for row in await database.fetch(_CONSTRAINTS)]
    indexes = [Index(**row) for row in await database.fetch(_INDEXES)]
    tables = []
    for table in piccolo_tables():
        name = table._meta.tablename
        tables.append(
            TableSchema(
                name=name,
                comment=_first_line(table),
                unlogged=name in unlogged,
                columns=_columns(table, defaults),
                constraints=[each for each in constraints if each.table == name],
                indexes=[each for each in indexes if each.table == name],
            )
        )
    return Schema(
        tables=_ordered(tables),
        statistics=[row["definition"] for row in await database.fetch(_STATISTICS)],
        routines=[row["definition"] for row in await database.fetch(_ROUTINES)],
        triggers=[row["definition"] for row in await database.fetch(_TRIGGERS)],
        steps=[
            row["name"] for row in await database.fetch("SELECT name FROM migration ORDER BY 1")
        ],
    )


def _first_line(table: type[Table]) -> str:
    if table is Migration:
        return "The migrations that have run."
    return (table.__doc__ or "").strip().split("\n")[0]


def _columns(table: type[Table], defaults: dict[tuple[str, str], str]) -> list[Column]:
    return [
        Column(
            name=column._meta.db_column_name,
            kind=column.column_type.lower(),
            null=column._meta.null,
            default=defaults.get((table._meta.tablename, column._meta.db_column_name)),
            comment=column._meta.help_text or "",
            is_list=column.column_type.endswith("[]") or getattr(column, "default", None) == "[]",
        )
        for column in table._meta.columns
    ]


def _ordered(tables: list[TableSchema]) -> list[TableSchema]:
    ordered: list[TableSchema] = []
    waiting = sorted(tables, key=lambda table: table.name)
    while waiting:
        known = {table.name for table in ordered}
        ready = [table for table in waiting if _targets(table) <= known]
        if not ready:
            raise ValueError(
                f"These tables refer to each other: {[table.name for table in waiting]}."
            )
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered


def _targets(table: TableSchema) -> set[str]:
    found = {constraint.target for constraint in table.constraints if constraint.target}
    return found - {table.name}
