"""The messages about one moment, found by index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0025_webhooks_subjects"

FORWARDS = """
CREATE INDEX webhook_deliveries_subject ON webhook_deliveries ((payload #>> '{data,id}'));
"""

BACKWARDS = """
DROP INDEX webhook_deliveries_subject;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
