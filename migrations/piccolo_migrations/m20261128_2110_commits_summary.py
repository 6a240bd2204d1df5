"""What a check found, in words."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2110_commits_summary"

FORWARDS = """
ALTER TABLE commit_checks ADD summary text NOT NULL DEFAULT '';
"""

BACKWARDS = """
ALTER TABLE commit_checks DROP summary;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
