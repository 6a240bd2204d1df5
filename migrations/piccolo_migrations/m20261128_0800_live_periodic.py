"""Indexes for what runs periodically: it must not look through every capture or stream."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_0800_live_periodic"

FORWARDS = """
-- Deleted recordings end too, so being deleted is no condition.
DROP INDEX capture_unfinished;
CREATE INDEX capture_unfinished ON capture (created_at)
    WHERE status IN ('recording', 'processing');
CREATE INDEX capture_node_missed ON capture (node_id)
    WHERE status = 'failed' AND node_missed_at IS NOT NULL;
-- Deleting an asset makes PostgreSQL look for captures that refer to it.
CREATE INDEX capture_of_asset ON capture (asset_id);
CREATE INDEX capture_of_preview ON capture (preview_id);
CREATE INDEX stream_deleted ON stream (deleted_at) WHERE deleted_at IS NOT NULL;
"""

BACKWARDS = """
DROP INDEX stream_deleted;
DROP INDEX capture_of_preview;
DROP INDEX capture_of_asset;
DROP INDEX capture_node_missed;
DROP INDEX capture_unfinished;
CREATE INDEX capture_unfinished ON capture (created_at)
    WHERE status IN ('recording', 'processing') AND deleted_at IS NULL;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
