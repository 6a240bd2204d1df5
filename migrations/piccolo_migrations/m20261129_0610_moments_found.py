"""Indexes of words and tags know the organisation; a small one of times goes together with them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0610_moments_found"

# That of times knows those of 32 blocks each, some of which may be far apart: of moments changed
# later.
FORWARDS = """
DROP INDEX moments_search;
DROP INDEX moments_tags;
CREATE INDEX moments_search ON moments USING gin ((ARRAY[organization_id]), search);
CREATE INDEX moments_tags ON moments USING gin ((ARRAY[organization_id]), tags);
CREATE INDEX moments_time ON moments USING brin (created_at timestamptz_minmax_multi_ops)
    WITH (pages_per_range = 32, autosummarize = on);
ANALYZE moments;
"""

BACKWARDS = """
DROP INDEX moments_time;
DROP INDEX moments_tags;
DROP INDEX moments_search;
CREATE INDEX moments_tags ON moments USING gin (tags);
CREATE INDEX moments_search ON moments USING gin (search);
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
