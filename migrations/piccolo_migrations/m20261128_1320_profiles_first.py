"""Public profiles, likes, followers, and reports of abuse."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1320_profiles_first"

FORWARDS = """
CREATE TABLE profile (
    user_id text PRIMARY KEY REFERENCES app_user (id) ON DELETE CASCADE,
    handle text NOT NULL CONSTRAINT profile_handle_once UNIQUE,
    bio text NOT NULL,
    avatar bytea,
    avatar_hash text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE profile_handle (
    handle text PRIMARY KEY,
    user_id text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX profile_handle_of_user ON profile_handle (user_id);

CREATE TABLE follow (
    follower_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    followed_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followed_id)
);
CREATE INDEX follow_of_followed ON follow (followed_id);

CREATE TABLE moment_like (
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (moment_id, user_id)
);
CREATE INDEX moment_like_of_user ON moment_like (user_id);

CREATE TABLE moment_report (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    reason text NOT NULL,
    details text NOT NULL,
    reporter text NOT NULL,
    created_at timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by text REFERENCES app_user (id) ON DELETE SET NULL,
    CONSTRAINT moment_report_once UNIQUE (moment_id, reporter)
);
CREATE INDEX moment_report_open ON moment_report (organization_id, created_at)
    WHERE resolved_at IS NULL;
CREATE INDEX moment_report_resolved_by ON moment_report (resolved_by);

CREATE INDEX moments_public ON moments (created_at DESC, id DESC)
    WHERE visibility = 'public' AND deleted_at IS NULL;
CREATE INDEX moments_public_of_person ON moments (created_by, created_at DESC, id DESC)
    WHERE visibility = 'public' AND deleted_at IS NULL;
"""

BACKWARDS = """
DROP INDEX moments_public_of_person, moments_public;
DROP TABLE moment_report, moment_like, follow, profile_handle, profile;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
