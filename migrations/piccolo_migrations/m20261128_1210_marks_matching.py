"""What people and rules say of a track's sources, and the state of the providers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1210_marks_matching"

FORWARDS = """
ALTER TABLE track_sources ADD COLUMN keys text[] NOT NULL DEFAULT '{}';
ALTER TABLE track_sources ALTER COLUMN keys DROP DEFAULT;
CREATE INDEX track_sources_of_keys ON track_sources USING gin (keys);

CREATE TABLE match_candidates (
    source_id text NOT NULL REFERENCES track_sources (id) ON DELETE CASCADE,
    track_id text NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    confidence double precision NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, track_id)
);
CREATE INDEX match_candidates_of_track ON match_candidates (track_id);

CREATE TABLE match_votes (
    source_id text NOT NULL REFERENCES track_sources (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    track_id text NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    is_same boolean NOT NULL,
    offset_ds integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, user_id)
);
CREATE INDEX match_votes_of_user ON match_votes (user_id);
CREATE INDEX match_votes_of_track ON match_votes (track_id);

CREATE TABLE provider_state (
    provider text PRIMARY KEY,
    failures integer NOT NULL,
    blocked_until timestamptz,
    day timestamptz,
    units integer NOT NULL
);
"""

BACKWARDS = """
DROP TABLE provider_state, match_votes, match_candidates;
DROP INDEX track_sources_of_keys;
ALTER TABLE track_sources DROP COLUMN keys;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
