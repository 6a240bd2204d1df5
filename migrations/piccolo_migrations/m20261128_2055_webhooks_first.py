"""Webhooks, and the messages to them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2055_webhooks_first"

FORWARDS = """
CREATE TABLE webhooks (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    url text NOT NULL,
    events text[] NOT NULL,
    secret_version integer NOT NULL,
    rotated_at timestamptz,
    is_enabled boolean NOT NULL,
    disabled_reason text,
    failing_since timestamptz,
    last_delivered_at timestamptz,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX webhooks_of_organization ON webhooks (organization_id);
CREATE INDEX webhooks_of_user ON webhooks (created_by);
CREATE TABLE webhook_deliveries (
    id text PRIMARY KEY,
    webhook_id text NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    next_at timestamptz,
    response_status integer,
    response_excerpt text,
    duration_ms integer,
    created_at timestamptz NOT NULL,
    attempted_at timestamptz,
    CONSTRAINT webhook_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed'))
);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at)
    WHERE status = 'pending';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
"""

BACKWARDS = """
DELETE FROM job WHERE name LIKE 'webhooks.%';
DELETE FROM notifications WHERE kind = 'webhook';
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
