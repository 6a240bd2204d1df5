"""Browsers that show notices by web push, and what is still to be sent."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2112_accounts_pushes"

FORWARDS = """
CREATE TABLE push_subscription (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    session_id text NOT NULL REFERENCES login_session (id) ON DELETE CASCADE,
    endpoint text NOT NULL,
    endpoint_hash text NOT NULL UNIQUE,
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX push_subscription_user ON push_subscription (user_id, created_at);
CREATE INDEX push_subscription_session ON push_subscription (session_id);
CREATE TABLE notice_delivery (
    notice_id text NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    channel text NOT NULL,
    target text NOT NULL,
    taken_until timestamptz,
    PRIMARY KEY (notice_id, channel, target)
);
"""

BACKWARDS = """
DELETE FROM job WHERE name = 'notices.deliver';
DROP TABLE notice_delivery;
DROP TABLE push_subscription;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
