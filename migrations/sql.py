"""A migration written in SQL, as a Piccolo migration manager."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.tables import Migration

APP_NAME = "moments"


def sql_migration(migration_id: str, *, forwards: str, backwards: str) -> MigrationManager:
    """Return the manager of a step; each side is one or several statements."""
    manager = MigrationManager(migration_id=migration_id, app_name=APP_NAME)

    async def run_forwards() -> None:
        await Migration._meta.db.run_ddl(forwards)

    async def run_backwards() -> None:
        await Migration._meta.db.run_ddl(backwards)

    manager.add_raw(run_forwards)
    manager.add_raw_backwards(run_backwards)
    return manager
