"""Streams know when they were last on air."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1020_live_on_air"

FORWARDS = """
ALTER TABLE stream ADD COLUMN on_air_at timestamptz;
"""

BACKWARDS = """
ALTER TABLE stream DROP COLUMN on_air_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
