"""Clips of streams are understood by the same pipeline."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1605_videos_captures"

FORWARDS = """
ALTER TABLE videos DROP CONSTRAINT videos_source;
ALTER TABLE videos ADD CONSTRAINT videos_source
    CHECK (source IN ('upload', 'url', 'moment', 'capture'));
"""

BACKWARDS = """
DELETE FROM videos WHERE source = 'capture';
ALTER TABLE videos DROP CONSTRAINT videos_source;
ALTER TABLE videos ADD CONSTRAINT videos_source CHECK (source IN ('upload', 'url', 'moment'));
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
