"""Purging: deletes moments that were in the bin for longer than the retention."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from domain.core.log import get_logger
from domain.core.time import Clock
from domain.infra.database import Database
from domain.moments.assets import Assets

log = get_logger(__name__)

_BATCH: Final = 100

# A package's part, in the same transaction, before its moments are purged.
BeforePurge = Callable[[Sequence[str]], Awaitable[None]]


class MomentRetention:
    """Each job may stop anywhere and continues at its next run."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        assets: Assets,
        before_purge: Sequence[BeforePurge],
        *,
        retention_days: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._assets = assets
        self._before_purge = before_purge
        self._kept = timedelta(days=retention_days)

    async def purge(self) -> int:
        """Purge what was deleted before the retention, objects included."""
        purged = 0
        while batch := await self.purge_batch():
            purged += batch
        await self._assets.sweep()
        if purged:
            log.info("moments_purged", moments=purged)
        return purged

    async def purge_batch(self) -> int:
        """Delete rows and, in the same transaction, schedule their objects for the sweep."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                "SELECT id FROM moments WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2"
                " FOR UPDATE SKIP LOCKED",
                self._clock.now() - self._kept,
                _BATCH,
            )
            await self.purge_now([row["id"] for row in rows])
        return len(rows)

    async def purge_now(self, ids: Sequence[str]) -> None:
        """Delete moments in the open transaction, and schedule their objects for the sweep."""
        for before in self._before_purge:
            await before(ids)
        await self._assets.disown_of(ids)
        await self._database.execute("DELETE FROM moments WHERE id = ANY($1::text[])", list(ids))
