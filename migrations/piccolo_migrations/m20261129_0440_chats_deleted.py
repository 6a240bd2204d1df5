"""Chats that were deleted can be restored for a while."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0440_chats_deleted"

FORWARDS = """
ALTER TABLE sessions ADD COLUMN deleted_at timestamptz;
"""

BACKWARDS = """
DELETE FROM job WHERE name = 'chats.purge';
DELETE FROM sessions WHERE deleted_at IS NOT NULL;
ALTER TABLE sessions DROP COLUMN deleted_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
