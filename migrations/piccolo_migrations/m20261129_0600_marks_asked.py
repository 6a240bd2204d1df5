"""When a provider was first asked about a source, so that no source is forgotten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0600_marks_asked"

FORWARDS = """
ALTER TABLE track_sources ADD COLUMN asked_at timestamptz;
UPDATE track_sources SET asked_at = fetched_at WHERE fetched_at IS NOT NULL;
CREATE INDEX track_sources_unasked ON track_sources (created_at) WHERE asked_at IS NULL;
"""

BACKWARDS = "ALTER TABLE track_sources DROP COLUMN asked_at;"


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
