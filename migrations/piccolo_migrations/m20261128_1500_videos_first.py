"""Videos, their pipeline, transcripts, and the moments found in them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1500_videos_first"

FORWARDS = """
ALTER TABLE moment_assets DROP CONSTRAINT moment_assets_purpose;
ALTER TABLE moment_assets ADD CONSTRAINT moment_assets_purpose
    CHECK (purpose IN ('media', 'preview', 'derived'));

CREATE TABLE videos (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    owns_moment boolean NOT NULL,
    source text NOT NULL,
    url text,
    asset_id text REFERENCES moment_assets (id) ON DELETE SET NULL,
    audio_id text REFERENCES moment_assets (id) ON DELETE SET NULL,
    voices_id text REFERENCES moment_assets (id) ON DELETE SET NULL,
    status text NOT NULL,
    run integer NOT NULL,
    prompt text NOT NULL,
    speaker_count integer,
    duration_ms integer,
    width integer,
    height integer,
    has_audio boolean,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT videos_source CHECK (source IN ('upload', 'url', 'moment')),
    CONSTRAINT videos_status
        CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled'))
);
CREATE UNIQUE INDEX videos_of_moment ON videos (moment_id);
CREATE INDEX videos_of_organization ON videos (organization_id, created_at DESC, id DESC);
CREATE INDEX videos_of_asset ON videos (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX videos_of_audio ON videos (audio_id) WHERE audio_id IS NOT NULL;
CREATE INDEX videos_of_voices ON videos (voices_id) WHERE voices_id IS NOT NULL;
CREATE INDEX videos_of_person ON videos (created_by);

CREATE TABLE video_stages (
    video_id text NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    position integer NOT NULL,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name text NOT NULL,
    status text NOT NULL,
    progress double precision NOT NULL,
    attempts integer NOT NULL,
    is_active boolean NOT NULL,
    error text,
    note text,
    due_at timestamptz,
    sent_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (video_id, position),
    CONSTRAINT video_stages_status
        CHECK (status IN ('pending', 'queued', 'running', 'completed', 'failed', 'cancelled'))
);
CREATE INDEX video_stages_queued ON video_stages (due_at) WHERE status = 'queued';
CREATE INDEX video_stages_active ON video_stages (organization_id) WHERE is_active;
CREATE INDEX video_stages_sent ON video_stages (organization_id, sent_at DESC NULLS LAST);

CREATE TABLE transcripts (
    video_id text PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    language text,
    certainty double precision,
    source text NOT NULL,
    reason text,
    speakers jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX transcripts_of_organization ON transcripts (organization_id);

CREATE TABLE transcript_lines (
    video_id text NOT NULL REFERENCES transcripts (video_id) ON DELETE CASCADE,
    number integer NOT NULL,
    start_ms integer NOT NULL,
    end_ms integer NOT NULL,
    speaker integer,
    text text NOT NULL,
    emotion text,
    confidence double precision,
    words jsonb NOT NULL,
    is_edited boolean NOT NULL,
    PRIMARY KEY (video_id, number)
);

CREATE TABLE video_moments (
    moment_id text PRIMARY KEY REFERENCES moments (id) ON DELETE CASCADE,
    video_id text NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    start_ms integer NOT NULL,
    end_ms integer NOT NULL,
    score double precision,
    reasons jsonb NOT NULL,
    origin text NOT NULL,
    is_edited boolean NOT NULL,
    clip_status text NOT NULL,
    clip_error text,
    clip_attempts integer NOT NULL,
    asset_id text REFERENCES moment_assets (id) ON DELETE SET NULL,
    CONSTRAINT video_moments_range CHECK (0 <= start_ms AND start_ms < end_ms),
    CONSTRAINT video_moments_origin CHECK (origin IN ('signals', 'model', 'person')),
    CONSTRAINT video_moments_clip CHECK (clip_status IN ('waiting', 'ready', 'failed'))
);
CREATE INDEX video_moments_of_video ON video_moments (video_id, start_ms);
CREATE INDEX video_moments_of_organization ON video_moments (organization_id);
CREATE INDEX video_moments_of_asset ON video_moments (asset_id) WHERE asset_id IS NOT NULL;
"""

BACKWARDS = """
DROP TABLE video_moments, transcript_lines, transcripts, video_stages, videos;
DELETE FROM moment_assets WHERE purpose = 'derived';
ALTER TABLE moment_assets DROP CONSTRAINT moment_assets_purpose;
ALTER TABLE moment_assets ADD CONSTRAINT moment_assets_purpose
    CHECK (purpose IN ('media', 'preview'));
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
