"""Graphs of large organisations are made anew, with more neighbours: the hourly job makes them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0530_search_graph"

FORWARDS = r"""
DO $$
DECLARE graph text;
BEGIN
    FOR graph IN SELECT indexname FROM pg_indexes
        WHERE tablename = 'passages' AND indexname LIKE 'passages\_near\_%'
    LOOP
        EXECUTE format('DROP INDEX %I', graph);
    END LOOP;
END $$;
"""

BACKWARDS = FORWARDS


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
