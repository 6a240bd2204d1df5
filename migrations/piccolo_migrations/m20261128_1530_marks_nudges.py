"""Suggested times for somebody else's mark."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1530_marks_nudges"

FORWARDS = """
CREATE TABLE mark_nudge (
    id text PRIMARY KEY,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT mark_nudge_once UNIQUE (moment_id, user_id)
);
CREATE INDEX mark_nudge_of_user ON mark_nudge (user_id);
"""

BACKWARDS = """
DROP TABLE mark_nudge;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
