"""Nodes have names, an address for RTMP publishers that others pass on, and can be drained."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0935_live_nodes"

FORWARDS = """
ALTER TABLE media_node
    ADD COLUMN name text NOT NULL DEFAULT '',
    ADD COLUMN rtmp_address text,
    ADD COLUMN draining_at timestamptz;
"""

BACKWARDS = """
ALTER TABLE media_node DROP COLUMN name, DROP COLUMN rtmp_address, DROP COLUMN draining_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
