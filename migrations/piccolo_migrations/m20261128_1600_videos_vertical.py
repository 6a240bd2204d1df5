"""Vertical exports of the moments of videos."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1600_videos_vertical"

FORWARDS = """
ALTER TABLE video_moments
    ADD COLUMN vertical_id text REFERENCES moment_assets (id) ON DELETE SET NULL,
    ADD COLUMN vertical_status text,
    ADD COLUMN vertical_error text,
    ADD COLUMN vertical_crop double precision,
    ADD COLUMN vertical_captions boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT video_moments_vertical
        CHECK (vertical_status IN ('waiting', 'ready', 'failed'));
CREATE INDEX video_moments_of_vertical ON video_moments (vertical_id)
    WHERE vertical_id IS NOT NULL;
"""

BACKWARDS = """
ALTER TABLE video_moments DROP COLUMN vertical_id, DROP COLUMN vertical_status,
    DROP COLUMN vertical_error, DROP COLUMN vertical_crop, DROP COLUMN vertical_captions;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
