"""Comparisons of pictures, checks of commits, decisions, ignored changes, settings."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2035_commits_first"

FORWARDS = """
CREATE TABLE picture_comparisons (
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    before_sha256 text NOT NULL,
    after_sha256 text NOT NULL,
    settings_key text NOT NULL,
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, before_sha256, after_sha256, settings_key)
);
CREATE TABLE commit_checks (
    moment_id text PRIMARY KEY REFERENCES moments (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    previous_id text REFERENCES moments (id) ON DELETE SET NULL,
    previous_share double precision,
    baseline_id text REFERENCES moments (id) ON DELETE SET NULL,
    verdict text,
    share double precision,
    places integer NOT NULL DEFAULT 0,
    error text,
    checked_at timestamptz NOT NULL
);
CREATE INDEX commit_checks_of_previous ON commit_checks (previous_id);
CREATE INDEX commit_checks_of_baseline ON commit_checks (baseline_id);
CREATE TABLE commit_decisions (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    verdict text NOT NULL CONSTRAINT commit_decisions_verdict
        CHECK (verdict IN ('approved', 'rejected')),
    variant_of text REFERENCES moments (id) ON DELETE CASCADE,
    note text NOT NULL DEFAULT '',
    decided_by text REFERENCES app_user (id) ON DELETE SET NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX commit_decisions_of_moment ON commit_decisions (moment_id, id DESC);
CREATE INDEX commit_decisions_of_baseline ON commit_decisions (variant_of)
    WHERE variant_of IS NOT NULL;
CREATE INDEX commit_decisions_of_user ON commit_decisions (decided_by);
CREATE TABLE ignored_changes (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    repository text NOT NULL,
    name text NOT NULL,
    mask text NOT NULL,
    moment_id text REFERENCES moments (id) ON DELETE SET NULL,
    ignored_by text REFERENCES app_user (id) ON DELETE SET NULL,
    ignored_at timestamptz NOT NULL,
    undone_by text REFERENCES app_user (id) ON DELETE SET NULL,
    undone_at timestamptz
);
CREATE UNIQUE INDEX ignored_changes_once ON ignored_changes
    (organization_id, repository, name, mask) WHERE undone_at IS NULL;
CREATE INDEX ignored_changes_of_moment ON ignored_changes (moment_id);
CREATE INDEX ignored_changes_of_user ON ignored_changes (ignored_by);
CREATE TABLE commit_settings (
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    repository text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    updated_by text REFERENCES app_user (id) ON DELETE SET NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, repository)
);
CREATE INDEX moments_of_repository ON moments (organization_id,
    (coalesce(metadata ->> 'repository', '')), created_at DESC, id DESC)
    WHERE kind = 'commit' AND deleted_at IS NULL;
CREATE INDEX moments_of_repository_branch ON moments (organization_id,
    (coalesce(metadata ->> 'repository', '')), git_branch, created_at DESC, id DESC)
    WHERE kind = 'commit' AND deleted_at IS NULL;
CREATE INDEX moments_of_commit ON moments (organization_id, (left(git_commit_hash, 12)))
    WHERE kind = 'commit' AND deleted_at IS NULL;
"""

BACKWARDS = """
DROP INDEX moments_of_commit;
DROP INDEX moments_of_repository_branch;
DROP INDEX moments_of_repository;
DROP TABLE commit_settings;
DROP TABLE ignored_changes;
DROP TABLE commit_decisions;
DROP TABLE commit_checks;
DROP TABLE picture_comparisons;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
