"""Passages of everything that can be searched, and the words of tracks.

The vectors' column needs pgvector, which not every server has: a job adds it where it can.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2010_search_first"

FORWARDS = """
CREATE TABLE passages (
    id bigserial PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    kind text NOT NULL,
    source_id text NOT NULL,
    number integer NOT NULL,
    moment_id text REFERENCES moments (id) ON DELETE CASCADE,
    video_id text REFERENCES videos (id) ON DELETE CASCADE,
    session_id text,
    start_s double precision,
    author text NOT NULL,
    emotion text,
    text text NOT NULL,
    more text NOT NULL,
    words tsvector,
    model text,
    created_at timestamptz NOT NULL,
    CONSTRAINT passages_kind CHECK (kind IN ('moment', 'line', 'message')),
    CONSTRAINT passages_of_source UNIQUE (source_id, number)
);
CREATE INDEX passages_of_moment ON passages (moment_id);
CREATE INDEX passages_of_video ON passages (video_id) WHERE video_id IS NOT NULL;
CREATE INDEX passages_of_organization ON passages (organization_id, kind);
CREATE INDEX passages_words ON passages USING gin (words);
CREATE INDEX passages_due ON passages (id) WHERE model IS NULL;
CREATE INDEX passages_model ON passages (model);
CREATE INDEX track_sources_words ON track_sources
    USING gin (to_tsvector('simple', title || ' ' || artist || ' ' || people_title));

-- What was there before is read in parts.
INSERT INTO job (id, name, args, key, state, attempts, max_attempts, run_at, created_at, updated_at)
SELECT 'job_search_backfill', 'search.backfill', '{}', 'backfill', 'queued', 0, 10, now(), now(),
    now()
WHERE EXISTS (SELECT 1 FROM moments);
"""

BACKWARDS = """
DELETE FROM job WHERE name LIKE 'search.%';
DROP INDEX track_sources_words;
DROP TABLE passages;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
