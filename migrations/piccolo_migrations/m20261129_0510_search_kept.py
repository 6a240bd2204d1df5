"""Searches that people keep, and of which moments they were told."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0510_search_kept"

FORWARDS = """
CREATE TABLE kept_search (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT kept_search_once UNIQUE (user_id, organization_id, text)
);
CREATE INDEX kept_search_of_organization ON kept_search (organization_id, created_at);

CREATE TABLE kept_search_hit (
    search_id text NOT NULL REFERENCES kept_search (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    found_at timestamptz NOT NULL,
    PRIMARY KEY (search_id, moment_id)
);
CREATE INDEX kept_search_hit_of_moment ON kept_search_hit (moment_id);
"""

BACKWARDS = """
DELETE FROM job WHERE name = 'search.tell';
DELETE FROM notifications WHERE kind = 'search';
DROP TABLE kept_search_hit, kept_search;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
