"""Finishing clips that end in the future: a job that asks, comes again, and stores what was held.

Each run is short and may happen twice: the row decides who was first. What the node holds is
deleted there only after the row that owns the stored bytes has committed.
"""

from datetime import timedelta
from typing import Final

from domain.core.errors import Gone, MomentsError, NodeUnavailable, NotFound
from domain.core.log import get_logger
from domain.core.time import to_us
from domain.infra.database import Record
from domain.live.making import CaptureMaker, CaptureParts, held_of, shape_of
from domain.live.nodes import Node
from domain.live.note_rules import file_name
from domain.live.presenting import SELECT

log = get_logger(__name__)

FINISH_JOB: Final = "live.finish_recording"
PREVIEW_JOB: Final = "live.make_preview"
MISSED_FOR: Final = timedelta(seconds=60)
_AGAIN_S: Final = 2.0
_LATE: Final = timedelta(minutes=10)  # a node that never ends a recording
_MP4: Final = "video/mp4"

NODE_LOST: Final = (
    "The media node that held this recording has not come back within a minute."
    " Try again when it runs"
)
RECORDING_LOST: Final = "The media node has lost this recording. Capture it again if it still runs"
NO_PREVIEW: Final = "No media node could make a preview of this clip"
NEVER_ENDED: Final = "The media node has not finished this recording in time. Try again"


class RecordingJobs:
    """What the worker does with recordings."""

    def __init__(self, parts: CaptureParts, maker: CaptureMaker) -> None:
        self._parts = parts
        self._maker = maker
        self._database = parts.database

    async def finish(self, clip_id: str) -> None:
        """Store a recording if it has ended, or come again."""
        row = await self._database.fetchrow(f"{SELECT} WHERE c.id = $1", clip_id)
        if row is None or row["status"] not in {"recording", "processing"}:
            return
        node = await self._parts.nodes.node(row["node_id"])
        try:
            if node is None:
                raise NodeUnavailable(NODE_LOST)
            await self._look(row, node)
        except NodeUnavailable:
            await self._missed(row)
        except (NotFound, Gone):
            await self._fail(row, RECORDING_LOST)

    async def make_preview(self, clip_id: str) -> None:
        """Give a clip the preview that its capture could not have at once.

        Raises:
            NodeUnavailable: No node can now; the queue tries again.
        """
        row = await self._database.fetchrow(f"{SELECT} WHERE c.id = $1", clip_id)
        if row is None or row["status"] != "ready" or row["preview_id"] is not None:
            return
        node = await self._maker.any_node()
        preview = await self._maker.preview_of(row, node, row["a_bucket"], row["a_path"])
        if preview is None:
            raise NodeUnavailable(NO_PREVIEW)
        async with self._database.transaction():
            still_wanted = await self._database.fetchval(
                "SELECT preview_id IS NULL FROM capture WHERE id = $1 FOR UPDATE", clip_id
            )
            if still_wanted:
                preview_id = await self._maker.insert_preview(row["created_by"], preview)
                await self._database.execute(
                    "UPDATE capture SET preview_id = $2 WHERE id = $1", clip_id, preview_id
                )
                await self._maker.tell(row["organization_id"], "clip.updated", clip_id)

    async def sweep(self) -> int:
        """Delete recordings at nodes that no clip owns."""
        return await self._parts.leftovers.sweep("recording", self._remove)

    async def _look(self, row: Record, node: Node) -> None:
        recording = await self._parts.client.recording(node.control_url, row["id"])
        if recording.status == "ready":
            await self._store(row, node)
        elif recording.status == "failed":
            await self._fail(row, recording.error or RECORDING_LOST)
        elif self._parts.clock.now() > row["requested_end"] + _LATE:
            await self._fail(row, NEVER_ENDED)
        else:
            await self._again(row, missed=False)

    async def _store(self, row: Record, node: Node) -> None:
        async with self._parts.client.recorded(node.control_url, row["id"]) as (meta, body):
            name = file_name(row["title"], _MP4)
            stored = await self._maker.store(row, name, _MP4, body)
        preview = None
        if row["preview_id"] is None and row["stream_id"] is not None:
            preview = await self._maker.preview_at(row, node, row["stream_id"], meta.start_us)
        if row["preview_id"] is None and preview is None:  # its start has left the buffer
            preview = await self._maker.preview_of(row, node, stored.bucket, stored.path)
        async with self._database.transaction():
            # Lock first: of two runs that stored it, the second leaves its bytes to the sweep.
            status = await self._database.fetchval(
                "SELECT status FROM capture WHERE id = $1 FOR UPDATE", row["id"]
            )
            if status not in {"recording", "processing"}:
                return
            asset_id, preview_id = await self._maker.insert_files(
                row["created_by"], stored, preview, shape_of(meta)
            )
            await self._parts.rows.finish(row["id"], held_of(meta, asset_id, preview_id))
            await self._parts.leftovers.disown("recording", node.id, row["id"])
            await self._maker.tell(row["organization_id"], "clip.ready", row["id"], status="ready")
        await self._forget(node, row["id"])
        log.info("recording_stored", clip=row["id"], complete=meta.complete)

    async def _forget(self, node: Node, clip_id: str) -> None:
        """Free the node's disk now; if that fails, the sweep does it."""
        try:
            await self._remove(node.id, clip_id)
        except MomentsError:
            return
        await self._database.execute(
            "DELETE FROM leftover WHERE kind = 'recording' AND key = $1", clip_id
        )

    async def _remove(self, node_id: str, recording_id: str) -> None:
        node = await self._parts.nodes.node(node_id)
        if node is None:
            return  # its disk is gone from the registry, and the recording with it
        await self._parts.client.delete_recording(node.control_url, recording_id)

    async def _missed(self, row: Record) -> None:
        """Count from the first time that the node was missed; give up after a minute."""
        since = row["node_missed_at"]
        if since is not None and self._parts.clock.now() - since >= MISSED_FOR:
            await self._fail(row, NODE_LOST)
        else:
            await self._again(row, missed=True)

    async def _again(self, row: Record, *, missed: bool) -> None:
        now = self._parts.clock.now()
        left_s = (to_us(row["requested_end"]) - to_us(now)) / 1e6
        delay_s = _AGAIN_S if missed else max(0.3, left_s + 0.1)
        async with self._database.transaction():
            await self._database.execute(
                "UPDATE capture SET node_missed_at = CASE WHEN $2"
                " THEN coalesce(node_missed_at, $3) END WHERE id = $1",
                row["id"],
                missed,
                now,
            )
            await self._parts.queue.enqueue(
                FINISH_JOB, {"clip_id": row["id"]}, delay_s=delay_s, key=row["id"]
            )

    async def _fail(self, row: Record, reason: str) -> None:
        async with self._database.transaction():
            await fail(self._parts, self._maker, row, reason)


async def fail(parts: CaptureParts, maker: CaptureMaker, row: Record, reason: str) -> None:
    """Give a clip up, with a sentence, in the open transaction."""
    failed = await parts.database.fetchval(
        "UPDATE capture SET status = 'failed', error = $2, updated_at = $3"
        " WHERE id = $1 AND status IN ('recording', 'processing') RETURNING id",
        row["id"],
        reason,
        parts.clock.now(),
    )
    if failed is not None:
        await maker.tell(row["organization_id"], "clip.failed", row["id"], status="failed")
        log.warning("clip_failed", clip=row["id"], reason=reason)
