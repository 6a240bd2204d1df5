"""How loud a video is, for the drawing of who speaks when."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0520_videos_loudness"

FORWARDS = """
ALTER TABLE videos ADD COLUMN loudness bytea;
"""

BACKWARDS = """
ALTER TABLE videos DROP COLUMN loudness;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
