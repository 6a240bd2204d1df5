"""What users are told of, and the kinds that each has switched off."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1300_accounts_notices"

FORWARDS = """
CREATE TABLE notifications (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    organization_id text REFERENCES organization (id) ON DELETE CASCADE,
    kind text NOT NULL,
    about text NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    href text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX notifications_newest ON notifications (user_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX notifications_unread ON notifications (user_id, kind, about)
    WHERE read_at IS NULL;
CREATE INDEX moment_assets_processing ON moment_assets (uploaded_by)
    WHERE processing_status = 'processing';
ALTER TABLE app_user ADD COLUMN muted text[] NOT NULL DEFAULT '{}';
"""

BACKWARDS = """
DROP INDEX moment_assets_processing;
ALTER TABLE app_user DROP COLUMN muted;
DROP TABLE notifications;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
