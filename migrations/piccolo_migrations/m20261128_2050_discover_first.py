"""What people do not want suggested, artists whom they follow, and rising best parts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2050_discover_first"

FORWARDS = """
CREATE TABLE not_for_me (
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    subject text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, subject)
);
CREATE TABLE artist_follow (
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    artist text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, artist)
);
CREATE TABLE rising_part (
    track_id text PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    start_s integer NOT NULL,
    end_s integer NOT NULL,
    score double precision NOT NULL,
    people integer NOT NULL,
    gained integer NOT NULL,
    computed_at timestamptz NOT NULL
);
CREATE INDEX rising_part_score ON rising_part (score DESC);
CREATE INDEX marks_public_new ON marks (created_at) WHERE visibility = 'public' AND NOT is_deleted;
"""

BACKWARDS = """
DROP INDEX marks_public_new;
DROP TABLE rising_part;
DROP TABLE artist_follow;
DROP TABLE not_for_me;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
