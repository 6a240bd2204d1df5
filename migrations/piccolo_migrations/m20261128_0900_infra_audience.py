"""Events about private things name who may hear of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_0900_infra_audience"

FORWARDS = """
ALTER TABLE event ADD COLUMN audience text[];
"""

BACKWARDS = """
ALTER TABLE event DROP COLUMN audience;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
