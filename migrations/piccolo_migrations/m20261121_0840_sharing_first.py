"""Share links."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0840_sharing_first"

FORWARDS = """
CREATE TABLE share_link (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    subject_ids text[] NOT NULL,
    token_hash text NOT NULL,
    password_hash text,
    may_download boolean NOT NULL,
    views integer NOT NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT share_link_token UNIQUE (token_hash)
);
CREATE INDEX share_link_of_subject ON share_link USING gin (subject_ids);
"""

BACKWARDS = """
DROP TABLE share_link;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
