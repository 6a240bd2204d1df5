"""Public and unlisted moments have a slug, and an address outlives its moment."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1030_moments_slugs"

FORWARDS = """
ALTER TABLE moment_slug ALTER COLUMN moment_id DROP NOT NULL,
    DROP CONSTRAINT moment_slug_moment_id_fkey,
    ADD CONSTRAINT moment_slug_moment_id_fkey
        FOREIGN KEY (moment_id) REFERENCES moments (id) ON DELETE SET NULL;
UPDATE moments SET slug = kind || '-' || right(replace(gen_random_uuid()::text, '-', ''), 16)
WHERE visibility IN ('public', 'unlisted') AND slug IS NULL;
INSERT INTO moment_slug (slug, moment_id, created_at)
SELECT slug, id, now() FROM moments WHERE slug IS NOT NULL
ON CONFLICT (slug) DO UPDATE SET moment_id = excluded.moment_id;
"""

BACKWARDS = """
DELETE FROM moment_slug s WHERE moment_id IS NULL
    OR slug = (SELECT m.slug FROM moments m WHERE m.id = s.moment_id);
ALTER TABLE moment_slug ALTER COLUMN moment_id SET NOT NULL,
    DROP CONSTRAINT moment_slug_moment_id_fkey,
    ADD CONSTRAINT moment_slug_moment_id_fkey
        FOREIGN KEY (moment_id) REFERENCES moments (id) ON DELETE CASCADE;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
