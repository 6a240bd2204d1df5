"""Pages of words, labels and streams read little, also where many organisations share the tables."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1310_moments_pages"

FORWARDS = """
-- When a capture last joined a moment that existed. Until then, a moment is as old as its captures,
-- to the second; so the moments of a span's captures are found without reading the captures.
ALTER TABLE moments ADD COLUMN joined_at timestamptz;
UPDATE moments m SET joined_at = c.newest FROM (
    SELECT c.moment_id, max(c.created_at) AS newest FROM captures c JOIN moments o
    ON o.id = c.moment_id WHERE c.created_at > o.created_at + interval '1 second'
    GROUP BY c.moment_id
) c WHERE c.moment_id = m.id;
CREATE INDEX moments_joined ON moments (organization_id, joined_at) WHERE joined_at IS NOT NULL;

-- A stream's captures in the order that they are listed in.
DROP INDEX captures_of_stream;
CREATE INDEX captures_of_stream ON captures (stream_id, created_at DESC, id DESC, start_at);

-- Deleted streams too: their captures stay as private as they were.
DROP INDEX stream_of_organization;
CREATE INDEX stream_of_organization ON stream (organization_id);

-- People, streams and machines belong to one organisation each. Without this, the planner expects
-- far too few rows where both are asked for, reads in a bad order, and estimates totals wrongly.
CREATE STATISTICS moments_owners (dependencies)
    ON organization_id, source_id, created_by, vm_id FROM moments;
CREATE STATISTICS captures_owners (dependencies)
    ON organization_id, stream_id, created_by FROM captures;
ANALYZE moments, captures;
"""

BACKWARDS = """
DROP STATISTICS captures_owners, moments_owners;
DROP INDEX stream_of_organization, captures_of_stream, moments_joined;
CREATE INDEX stream_of_organization ON stream (organization_id) WHERE deleted_at IS NULL;
CREATE INDEX captures_of_stream ON captures (stream_id, start_at);
ALTER TABLE moments DROP COLUMN joined_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
