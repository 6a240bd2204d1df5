"""What people call a source, beside what its provider calls it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1545_marks_names"

FORWARDS = """
ALTER TABLE track_sources
    ADD COLUMN people_title text NOT NULL DEFAULT '',
    ADD COLUMN people_artist text NOT NULL DEFAULT '';

CREATE TABLE source_name (
    source_id text NOT NULL REFERENCES track_sources (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    title text NOT NULL,
    artist text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, user_id)
);
CREATE INDEX source_name_of_user ON source_name (user_id);

DROP INDEX track_sources_of_artist;
CREATE INDEX track_sources_of_artist ON track_sources
    USING gin (string_to_array(lower(coalesce(nullif(people_artist, ''), artist)), '; '));
"""

BACKWARDS = """
DROP INDEX track_sources_of_artist;
CREATE INDEX track_sources_of_artist ON track_sources
    USING gin (string_to_array(lower(artist), '; '));
DROP TABLE source_name;
ALTER TABLE track_sources DROP COLUMN people_artist, DROP COLUMN people_title;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
