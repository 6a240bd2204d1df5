"""How often each link was opened: gathered in memory, written together.

A popular link is opened thousands of times a second, most of them answered from a kept page; one
statement for each would cost more than the page.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

from domain.core.errors import DatabaseUnavailable
from domain.core.secrets import hash_token
from domain.infra.database import Database

_EVERY_S: Final = 1.0


class ViewCounts:
    """Views that are not written yet. A process that is killed loses at most a second of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: Counter[str] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def add(self, token: str) -> None:
        """Count one view of a link."""
        self._seen[token] += 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon(), name="share views")

    async def write(self) -> None:
        """Write what was counted so far.

        Raises:
            DatabaseUnavailable: The database is down; nothing is lost.
        """
        seen, self._seen = self._seen, Counter()
        if not seen:
            return
        try:
            await self._database.execute(
                "UPDATE share_link l SET views = l.views + seen.views"
                " FROM unnest($1::text[], $2::int[]) AS seen(token_hash, views)"
                " WHERE l.token_hash = seen.token_hash",
                [hash_token(token) for token in seen],
                list(seen.values()),
            )
        except DatabaseUnavailable:
            self._seen += seen
            raise

    async def close(self) -> None:
        """Write the rest."""
        if self._writing is not None:
            self._writing.cancel()
        with suppress(DatabaseUnavailable):
            await self.write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(_EVERY_S)
        self._writing = None
        with suppress(DatabaseUnavailable):
            await self.write()
