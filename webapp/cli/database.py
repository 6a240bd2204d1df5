"""`moments migrate`: migrates the database forwards and backwards."""

import asyncio

from domain.core.log import configure
from domain.core.settings import Settings
from domain.infra import migrate as migrations
from domain.infra import postgres
from domain.infra.database import Database


def migrate(settings: Settings, backwards: str | None) -> None:
    """Run the missing migrations, or undo every one after a given migration."""
    configure(settings.model_copy(update={"log_level": "warning"}), "migrate")
    for line in asyncio.run(_migrate(settings, backwards)):
        print(line)


async def _migrate(settings: Settings, backwards: str | None) -> list[str]:
    database = Database(await postgres.dsn(settings))
    await database.start()
    try:
        if backwards is None:
            done = [f"ran {step}" for step in await migrations.forwards(database)]
        else:
            done = [f"undid {step}" for step in await migrations.backwards(database, backwards)]
    finally:
        await database.close()
    return done or ["The database is up to date."]
