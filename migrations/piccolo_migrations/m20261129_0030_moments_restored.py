"""When a moment was last taken out of the bin."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0030_moments_restored"

FORWARDS = """
ALTER TABLE moments ADD COLUMN restored_at timestamptz;
"""

BACKWARDS = """
ALTER TABLE moments DROP COLUMN restored_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
