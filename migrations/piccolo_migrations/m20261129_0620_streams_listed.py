"""Streams are listed by name, and private ones found, among any number of removed ones."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0620_streams_listed"

FORWARDS = """
CREATE INDEX stream_by_name ON stream (organization_id, lower(name), id) WHERE deleted_at IS NULL;
CREATE INDEX stream_private ON stream (organization_id, created_by) WHERE visibility = 'private';
"""

BACKWARDS = """
DROP INDEX stream_private;
DROP INDEX stream_by_name;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
