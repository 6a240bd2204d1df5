"""The user's own work that is under way, found by index: uploads and exports."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2125_moments_arriving"

FORWARDS = """
CREATE INDEX moment_assets_pending ON moment_assets (uploaded_by)
    WHERE processing_status = 'pending';
CREATE INDEX video_moments_exports ON video_moments (organization_id)
    WHERE vertical_status = 'waiting';
"""

BACKWARDS = """
DROP INDEX video_moments_exports;
DROP INDEX moment_assets_pending;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
