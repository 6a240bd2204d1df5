"""Jobs, their schedule, and events."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0800_infra_first"

FORWARDS = """
CREATE TABLE job (
    id text PRIMARY KEY,
    name text NOT NULL,
    args jsonb NOT NULL,
    key text,
    state text NOT NULL DEFAULT 'queued',
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    run_at timestamptz NOT NULL,
    leased_by text,
    leased_until timestamptz,
    sent_at timestamptz,
    error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT job_state CHECK (state IN ('queued', 'running', 'parked'))
);
CREATE INDEX job_due ON job (run_at) WHERE state = 'queued';
CREATE INDEX job_leased ON job (leased_until) WHERE state = 'running';
CREATE INDEX job_parked ON job (updated_at DESC) WHERE state = 'parked';
CREATE UNIQUE INDEX job_key ON job (name, key) WHERE state = 'queued' AND key IS NOT NULL;

CREATE TABLE schedule (
    name text PRIMARY KEY,
    next_at timestamptz NOT NULL,
    last_at timestamptz
);

CREATE TABLE event (
    id bigserial PRIMARY KEY,
    organization_id text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX event_of_organization ON event (organization_id, id);
CREATE INDEX event_age ON event (created_at);
"""

BACKWARDS = """
DROP TABLE event;
DROP TABLE schedule;
DROP TABLE job;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
