"""Which passages all members of an organisation see: its graph has no others."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0630_search_shared"

# The hourly job makes the graphs anew, after it has set the column.
_DROP_GRAPHS = r"""
DO $$
DECLARE graph text;
BEGIN
    FOR graph IN SELECT indexname FROM pg_indexes
        WHERE tablename = 'passages' AND indexname LIKE 'passages\_near\_%'
    LOOP
        EXECUTE format('DROP INDEX %I', graph);
    END LOOP;
END $$;
"""

FORWARDS = f"""
ALTER TABLE passages ADD COLUMN is_shared boolean NOT NULL DEFAULT true;
CREATE INDEX passages_not_shared ON passages (organization_id) WHERE NOT is_shared;
{_DROP_GRAPHS}
"""

BACKWARDS = f"""
{_DROP_GRAPHS}
DROP INDEX passages_not_shared;
ALTER TABLE passages DROP COLUMN is_shared;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
