"""Accounts that are being deleted."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1455_personal_first"

FORWARDS = """
CREATE TABLE erasure (
    user_id text PRIMARY KEY,
    organization_ids text[] NOT NULL,
    created_at timestamptz NOT NULL
);
"""

BACKWARDS = """
DROP TABLE erasure;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
