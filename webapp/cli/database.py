"""`moments migrate`: the database's shape, forwards and backwards."""

import asyncio

from domain.core.log import configure
from domain.core.settings import Settings
from domain.infra import migrate as migrations


def migrate(settings: Settings, backwards: str | None) -> None:
    """Run what is missing, or undo back to a migration."""
    configure(settings, "migrate")
    asyncio.run(_migrate(settings, backwards))


async def _migrate(settings: Settings, backwards: str | None) -> None:
    if backwards is None:
        await migrations.forwards(settings)
    else:
        await migrations.backwards(settings, backwards)
