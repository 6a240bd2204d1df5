"""What changed since the capture before, in words."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0550_commits_since"

FORWARDS = """
ALTER TABLE commit_checks ADD previous_summary text;
"""

BACKWARDS = """
ALTER TABLE commit_checks DROP previous_summary;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
