"""Virtual machines that capture by themselves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1000_accounts_vms"

FORWARDS = """
CREATE TABLE vms (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name text NOT NULL,
    token_hash text NOT NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT vms_token UNIQUE (token_hash)
);
CREATE INDEX vms_of_organization ON vms (organization_id, name) WHERE deleted_at IS NULL;
"""

BACKWARDS = """
DROP TABLE vms;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
