"""Results of writes by idempotency key, and rate limits."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0805_infra_limits"

FORWARDS = """
CREATE TABLE idempotency (
    scope text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    status integer,
    body text,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_created_at ON idempotency (created_at);

-- What is lost in a crash is only a few counts, and it is written on every try.
CREATE UNLOGGED TABLE rate_limit (
    id text PRIMARY KEY,
    arrival_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_by_arrival_at ON rate_limit (arrival_at);
"""
BACKWARDS = """
DROP TABLE rate_limit;
DROP TABLE idempotency;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
