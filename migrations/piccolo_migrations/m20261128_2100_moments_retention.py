"""Rules of which moments an organisation moves to its bin by itself."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2100_moments_retention"

FORWARDS = """
CREATE TABLE retention_rules (
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    branch text NOT NULL,
    max_age_days integer,
    keep_newest integer,
    keep_tagged boolean NOT NULL,
    updated_by text REFERENCES app_user (id) ON DELETE SET NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, branch),
    CONSTRAINT retention_rules_limit CHECK (max_age_days > 0 OR keep_newest > 0)
);
CREATE INDEX retention_rules_of_user ON retention_rules (updated_by);
"""

BACKWARDS = """
DROP TABLE retention_rules;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
