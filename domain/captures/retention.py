"""Periodic work on captures: resume what a crash interrupted, and purge removed ones."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from domain.captures.recordings import FINISH_JOB
from domain.captures.store import CaptureStore
from domain.captures.trims import TRIM_JOB
from domain.live.nodes import NodeRegistry
from domain.moments.assets import Assets
from domain.moments.orphans import Orphans

_BATCH: Final = 100


class CaptureRetention:
    """Each job may stop anywhere and continues at its next run."""

    def __init__(
        self,
        store: CaptureStore,
        nodes: NodeRegistry,
        assets: Assets,
        orphans: Orphans,
        *,
        retention_days: int,
    ) -> None:
        self._store = store
        self._database = store.database
        self._nodes = nodes
        self._assets = assets
        self._orphans = orphans
        self._clock = store.clock
        self._kept = timedelta(days=retention_days)

    async def resume(self) -> int:
        """Enqueue the jobs of unfinished clips; a queued one is not duplicated.

        This also gives another chance to a job that was parked, and to a recording that failed
        because its node was away, once that node is back.
        """
        returned = await self._resume_missed()
        long_ago = self._clock.now() - timedelta(minutes=1)
        rows = await self._database.fetch(
            "SELECT id, organization_id, trim_start_ms FROM captures"
            " WHERE status IN ('recording', 'processing') AND requested_end < $1"
            " AND updated_at < $1 ORDER BY created_at LIMIT 1000",
            long_ago,
        )
        for row in rows:
            job = FINISH_JOB if row["trim_start_ms"] is None else TRIM_JOB
            await self._store.enqueue(job, row["organization_id"], row["id"])
        return returned + len(rows)

    async def purge(self) -> int:
        """Delete captures that were removed from a surviving moment, after the retention."""
        purged = 0
        while batch := await self._purge_batch():
            purged += batch
        return purged

    async def before_purge(self, moment_ids: Sequence[str]) -> None:
        """Release, in the open transaction, the nodes' recordings of purged moments."""
        rows = await self._database.fetch(
            "DELETE FROM captures WHERE moment_id = ANY($1::text[]) RETURNING id, node_id, status",
            list(moment_ids),
        )
        for row in rows:
            await self._free(row["id"], row["node_id"], row["status"])

    async def _resume_missed(self) -> int:
        """Ask nodes that are back for the recordings that they did not deliver in time."""
        alive = [node.id for node in await self._nodes.nodes() if node.is_alive]
        async with self._database.transaction():
            rows = await self._database.fetch(
                "UPDATE captures c SET status = 'recording', error = NULL, node_missed_at = NULL,"
                " updated_at = $1 FROM moments m WHERE m.id = c.moment_id AND c.status = 'failed'"
                " AND c.node_missed_at IS NOT NULL AND c.node_id = ANY($2::text[])"
                " AND m.deleted_at IS NULL AND c.removed_at IS NULL"
                " RETURNING c.id, c.organization_id",
                self._clock.now(),
                alive,
            )
            for row in rows:
                await self._store.enqueue(FINISH_JOB, row["organization_id"], row["id"])
                await self._store.publish(row["organization_id"], "clip.updated", row["id"])
        return len(rows)

    async def _purge_batch(self) -> int:
        """Delete rows and, in the same transaction, schedule their objects for the sweep."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                "DELETE FROM captures WHERE id IN (SELECT id FROM captures WHERE removed_at < $1"
                " ORDER BY removed_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
                " RETURNING id, node_id, status, asset_id, preview_id",
                self._clock.now() - self._kept,
                _BATCH,
            )
            owned = [row[name] for row in rows for name in ("asset_id", "preview_id") if row[name]]
            await self._assets.disown(owned)
            for row in rows:
                await self._free(row["id"], row["node_id"], row["status"])
        return len(rows)

    async def _free(self, capture_id: str, node_id: str | None, status: str) -> None:
        if node_id is not None and status == "failed":
            await self._orphans.disown("recording", node_id, capture_id)
