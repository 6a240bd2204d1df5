"""Which moments came out of an archive: a second import makes nothing twice."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2120_moments_imported"

FORWARDS = """
CREATE TABLE imported_moments (
    moment_id text PRIMARY KEY REFERENCES moments (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    origin text NOT NULL,
    original_id text NOT NULL,
    is_complete boolean NOT NULL DEFAULT false,
    CONSTRAINT imported_moments_once UNIQUE (organization_id, origin, original_id)
);
"""

BACKWARDS = """
DROP TABLE imported_moments;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
