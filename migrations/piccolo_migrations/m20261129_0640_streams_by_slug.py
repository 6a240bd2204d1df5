"""An organisation's streams are found by slug among any number, removed ones too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0640_streams_by_slug"

FORWARDS = """
DROP INDEX stream_of_organization;
CREATE INDEX stream_of_organization ON stream (organization_id, slug);
"""

BACKWARDS = """
DROP INDEX stream_of_organization;
CREATE INDEX stream_of_organization ON stream (organization_id);
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
