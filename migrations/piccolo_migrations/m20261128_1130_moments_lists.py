"""Indexes for lists, filters and counts: each reads about as many rows as it shows."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1130_moments_lists"

FORWARDS = """
-- A capture says whether its moment is in the bin, so that the bin is one index.
ALTER TABLE captures ADD COLUMN moment_deleted_at timestamptz;
UPDATE captures c SET moment_deleted_at = m.deleted_at FROM moments m
WHERE m.id = c.moment_id AND m.deleted_at IS NOT NULL;
CREATE FUNCTION captures_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE captures SET moment_deleted_at = NEW.deleted_at WHERE moment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER captures_follow AFTER UPDATE OF deleted_at ON moments FOR EACH ROW
    WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at) EXECUTE FUNCTION captures_follow();
CREATE INDEX captures_bin ON captures (organization_id, created_at DESC, id DESC)
    WHERE moment_deleted_at IS NOT NULL OR removed_at IS NOT NULL;

-- What comes behind the order is compared in the index, without a look at the row.
DROP INDEX captures_of_organization;
CREATE INDEX captures_of_organization ON captures
    (organization_id, created_at DESC, id DESC, start_at);
CREATE INDEX captures_not_ready ON captures (organization_id, created_at DESC, id DESC)
    WHERE status <> 'ready';
CREATE INDEX captures_of_person ON captures
    (organization_id, created_by, created_at DESC, id DESC);
DROP INDEX moments_of_source;
CREATE INDEX moments_of_source ON moments (source_id, created_at DESC, id DESC)
    WHERE source_id IS NOT NULL;
"""

BACKWARDS = """
DROP INDEX moments_of_source, captures_of_person, captures_not_ready, captures_of_organization,
    captures_bin;
CREATE INDEX moments_of_source ON moments (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX captures_of_organization ON captures (organization_id, created_at DESC, id DESC);
DROP TRIGGER captures_follow ON moments;
DROP FUNCTION captures_follow();
ALTER TABLE captures DROP COLUMN moment_deleted_at;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
