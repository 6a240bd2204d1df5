"""An index of the sources of an artist; a source with several names has `; ` between them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1520_marks_artists"

FORWARDS = """
CREATE INDEX track_sources_of_artist ON track_sources
    USING gin (string_to_array(lower(artist), '; '));
"""

BACKWARDS = """
DROP INDEX track_sources_of_artist;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
