"""What time takes: purging what was deleted, and setting again on its way what a crash stopped."""

from datetime import timedelta
from typing import Final

from domain.core.log import get_logger
from domain.live.making import CaptureParts
from domain.live.recordings import FINISH_JOB, NODE_LOST
from domain.live.trims import TRIM_JOB

log = get_logger(__name__)

_BATCH: Final = 100


class Retention:
    """Periodic jobs over captures; each may stop anywhere and goes on at its next run."""

    def __init__(self, parts: CaptureParts, *, retention_days: int) -> None:
        self._parts = parts
        self._database = parts.database
        self._kept = timedelta(days=retention_days)

    async def purge(self) -> int:
        """Remove what was deleted longer ago than it is kept, objects included."""
        purged = 0
        while batch := await self._purge_batch():
            purged += batch
        await self._purge_streams()
        await self._parts.assets.sweep()
        if purged:
            log.info("captures_purged", captures=purged)
        return purged

    async def resume(self) -> int:
        """Enqueue the jobs of clips that are on their way; one that waits already is not doubled.

        A job that was parked after many failures gets another chance this way, and so does a
        recording that was given up because its node stayed away, once that node is back.
        """
        returned = await self._take_up()
        rows = await self._database.fetch(
            "SELECT id, trim_start_ms FROM capture WHERE status IN ('recording', 'processing')"
            " AND requested_end < $1 AND updated_at < $1 ORDER BY created_at LIMIT 1000",
            self._parts.clock.now() - timedelta(minutes=1),
        )
        for row in rows:
            job = FINISH_JOB if row["trim_start_ms"] is None else TRIM_JOB
            await self._parts.queue.enqueue(job, {"clip_id": row["id"]}, key=row["id"])
        return returned + len(rows)

    async def _take_up(self) -> int:
        """Ask nodes that are back for the recordings that they had not given in time."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                "UPDATE capture SET status = 'recording', error = NULL, node_missed_at = NULL,"
                " updated_at = $1 WHERE status = 'failed' AND node_missed_at IS NOT NULL"
                " AND error = $2 AND deleted_at IS NULL"
                " AND node_id = ANY($3::text[]) RETURNING id, organization_id",
                self._parts.clock.now(),
                NODE_LOST,
                [node.id for node in await self._parts.nodes.nodes() if node.is_alive],
            )
            for row in rows:
                await self._parts.queue.enqueue(FINISH_JOB, {"clip_id": row["id"]}, key=row["id"])
                await self._parts.events.tell(row["organization_id"], "clip.updated", row["id"])
        return len(rows)

    async def _purge_batch(self) -> int:
        """Delete rows and, in the same transaction, note their objects for the sweep."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                "DELETE FROM capture WHERE id IN (SELECT id FROM capture WHERE deleted_at < $1"
                " ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
                " RETURNING id, kind, node_id, status, moment_id, asset_id, preview_id",
                self._parts.clock.now() - self._kept,
                _BATCH,
            )
            assets = [row[name] for row in rows for name in ("asset_id", "preview_id") if row[name]]
            await self._parts.assets.disown(assets)
            for row in rows:
                if row["node_id"] is not None and row["status"] == "failed":
                    await self._parts.leftovers.disown("recording", row["node_id"], row["id"])
            await self._database.execute(
                "DELETE FROM moment m WHERE m.id = ANY($1::text[]) AND m.deleted_at IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM capture c WHERE c.moment_id = m.id)"
                " AND NOT EXISTS (SELECT 1 FROM asset a WHERE a.moment_id = m.id)",
                [row["moment_id"] for row in rows],
            )
        return len(rows)

    async def _purge_streams(self) -> None:
        """Forget deleted streams that nothing refers to; others keep their name and privacy."""
        await self._database.execute(
            "DELETE FROM stream s WHERE deleted_at < $1"
            " AND NOT EXISTS (SELECT 1 FROM capture c WHERE c.stream_id = s.id)",
            self._parts.clock.now() - self._kept,
        )
