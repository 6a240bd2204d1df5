"""The moment, its assets, and what a crash may have left behind elsewhere."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0820_moments_first"

FORWARDS = """
CREATE TABLE moment (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    title text NOT NULL,
    description text NOT NULL,
    tags text[] NOT NULL,
    visibility text NOT NULL,
    capture_id text,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT moment_visibility
        CHECK (visibility IN ('private', 'organization', 'unlisted', 'public'))
);
CREATE INDEX moment_of_organization ON moment (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX moment_deleted ON moment (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE asset (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moment (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    size_bytes bigint NOT NULL,
    bucket text NOT NULL,
    path text NOT NULL,
    generation text NOT NULL,
    width integer,
    height integer,
    duration_ms integer,
    processing_status text NOT NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT asset_object UNIQUE (bucket, path),
    CONSTRAINT asset_purpose CHECK (purpose IN ('media', 'preview'))
);
CREATE INDEX asset_of_moment ON asset (moment_id);

CREATE TABLE leftover (
    id text PRIMARY KEY,
    kind text NOT NULL,
    place text NOT NULL,
    key text NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT leftover_kind CHECK (kind IN ('object', 'recording'))
);
CREATE INDEX leftover_due ON leftover (due_at);
"""

BACKWARDS = """
DROP TABLE leftover;
DROP TABLE asset;
DROP TABLE moment;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
