"""Media nodes, streams, and what was captured from them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0830_live_first"

FORWARDS = """
CREATE TABLE media_node (
    id text PRIMARY KEY,
    control_url text NOT NULL,
    public_url text NOT NULL,
    media_url text,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL
);

CREATE TABLE stream (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name text NOT NULL,
    slug text NOT NULL,
    kind text NOT NULL,
    url text,
    buffer_s integer NOT NULL,
    visibility text NOT NULL,
    allow_capture boolean NOT NULL,
    publish_key_version integer NOT NULL,
    node_id text REFERENCES media_node (id) ON DELETE SET NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT stream_kind CHECK (kind IN ('push', 'pull', 'demo')),
    CONSTRAINT stream_url CHECK ((kind = 'pull') = (url IS NOT NULL)),
    CONSTRAINT stream_buffer CHECK (buffer_s BETWEEN 10 AND 3600),
    CONSTRAINT stream_visibility
        CHECK (visibility IN ('private', 'organization', 'unlisted', 'public'))
);
CREATE UNIQUE INDEX stream_slug ON stream (slug) WHERE deleted_at IS NULL;
CREATE INDEX stream_of_organization ON stream (organization_id) WHERE deleted_at IS NULL;
CREATE INDEX stream_of_node ON stream (node_id) WHERE deleted_at IS NULL;

CREATE TABLE capture (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    kind text NOT NULL,
    moment_id text NOT NULL REFERENCES moment (id) ON DELETE CASCADE,
    stream_id text REFERENCES stream (id) ON DELETE SET NULL,
    stream_name text,
    stream_slug text,
    status text NOT NULL,
    error text,
    title text NOT NULL,
    note text NOT NULL,
    labels text[] NOT NULL,
    search tsvector NOT NULL,
    requested_start timestamptz NOT NULL,
    requested_end timestamptz NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    width integer,
    height integer,
    has_audio boolean,
    asset_id text REFERENCES asset (id),
    preview_id text REFERENCES asset (id),
    node_id text,
    node_missed_at timestamptz,
    parent_id text,
    trim_start_ms integer,
    trim_end_ms integer,
    shared_until timestamptz,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT capture_kind CHECK (kind IN ('snapshot', 'clip')),
    CONSTRAINT capture_status CHECK (status IN ('recording', 'processing', 'ready', 'failed')),
    CONSTRAINT capture_ready CHECK (status <> 'ready' OR asset_id IS NOT NULL)
);
CREATE INDEX capture_of_organization ON capture (organization_id, created_at DESC, id DESC);
CREATE INDEX capture_of_moment ON capture (moment_id);
CREATE INDEX capture_of_stream ON capture (stream_id, start_at);
CREATE INDEX capture_labels ON capture USING gin (labels);
CREATE INDEX capture_search ON capture USING gin (search);
CREATE INDEX capture_deleted ON capture (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX capture_unfinished ON capture (created_at)
    WHERE status IN ('recording', 'processing') AND deleted_at IS NULL;
"""

BACKWARDS = """
DROP TABLE capture;
DROP TABLE stream;
DROP TABLE media_node;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
