"""Finishes clips that end in the future: a job that polls, reschedules itself, and stores.

Each run is short and may happen twice: the row decides who was first. The node's recording is
deleted only after the row that owns the stored bytes has committed.
"""

from datetime import timedelta
from typing import Final

from domain.captures.pipeline import CaptureFiles, Drafts, held_of, shape_of
from domain.captures.row_values import CaptureRow
from domain.captures.rows import UNFINISHED
from domain.captures.store import CaptureStore
from domain.captures.tables import Captures
from domain.core.errors import Gone, MomentsError, NodeUnavailable, NotFound
from domain.core.log import get_logger
from domain.core.time import to_us
from domain.live.nodes import Node, NodeRegistry
from domain.moments.orphans import Orphans
from domain.moments.rules import file_name

log = get_logger(__name__)

FINISH_JOB: Final = "live.finish_recording"
MISSED_FOR: Final = timedelta(seconds=60)
_AGAIN_S: Final = 2.0
_LATE: Final = timedelta(minutes=10)  # a node that never ends a recording
_MP4: Final = "video/mp4"

NODE_LOST: Final = (
    "The media node with this recording did not come back within a minute. Try again when it runs."
)
RECORDING_LOST: Final = (
    "The media node lost this recording. Capture it again if the stream still has it."
)
NO_PREVIEW: Final = "No media node could create a preview of this clip."
NEVER_ENDED: Final = "The media node did not finish this recording in time. Try again."


class RecordingJobs:
    """The worker's jobs for recordings."""

    def __init__(
        self,
        store: CaptureStore,
        drafts: Drafts,
        files: CaptureFiles,
        nodes: NodeRegistry,
        orphans: Orphans,
    ) -> None:
        self._store = store
        self._database = store.database
        self._rows = store.rows
        self._drafts = drafts
        self._files = files
        self._client = files.client
        self._nodes = nodes
        self._orphans = orphans
        self._clock = store.clock

    async def finish(self, clip_id: str) -> None:
        """Store a recording if it has ended, else reschedule."""
        row = await self._rows.by_id(clip_id)
        if row is None or row.status not in UNFINISHED:
            return
        node = await self._nodes.node(row.node_id or "")
        try:
            if node is None:
                raise NodeUnavailable(NODE_LOST)
            await self._look(row, node)
        except NodeUnavailable:
            await self._missed(row)
        except (NotFound, Gone):
            await self._store.fail(row, RECORDING_LOST)

    async def make_preview(self, clip_id: str) -> None:
        """Create the preview that a clip's capture could not create at once.

        Raises:
            NodeUnavailable: No node can now; the queue tries again.
        """
        row = await self._rows.by_id(clip_id)
        if row is None or row.media is None or row.preview_id is not None:
            return
        node = await self._drafts.nodes.any_alive()
        preview = await self._files.preview_of(row, node, row.media.bucket, row.media.key)
        if preview is None:
            raise NodeUnavailable(NO_PREVIEW)
        async with self._database.transaction():
            locked = await self._rows.lock(clip_id)
            if locked is not None and locked.preview_id is None:
                preview_id = await self._files.insert_preview(row.created_by, preview)
                await self._rows.set_preview(clip_id, preview_id)
                await self._store.publish(row.organization_id, "clip.updated", clip_id)

    async def sweep(self) -> int:
        """Delete recordings at nodes that no clip owns."""
        return await self._orphans.sweep("recording", self._remove)

    async def _look(self, row: CaptureRow, node: Node) -> None:
        recording = await self._client.recording(node.control_url, row.id)
        if recording.status == "ready":
            await self._keep(row, node)
        elif recording.status == "failed":
            await self._store.fail(row, recording.error or RECORDING_LOST)
        elif self._clock.now() > row.requested_end + _LATE:
            await self._store.fail(row, NEVER_ENDED)
        else:
            await self._again(row, missed=False)

    async def _keep(self, row: CaptureRow, node: Node) -> None:
        async with self._client.recorded(node.control_url, row.id) as (meta, body):
            stored = await self._files.store(row, file_name(row.title, _MP4), _MP4, body)
        preview = None
        if row.preview_id is None and row.stream_id is not None:
            preview = await self._files.preview_at(
                row, node, row.stream_id, (meta.start_us, meta.end_us)
            )
        if row.preview_id is None and preview is None:  # its start has left the buffer
            preview = await self._files.preview_of(row, node, stored.bucket, stored.path)
        async with self._database.transaction():
            # Lock first: of two runs that stored it, the second leaves its bytes to the sweep.
            locked = await self._rows.lock(row.id)
            if locked is None or locked.status not in UNFINISHED:
                return
            asset_id, preview_id = await self._files.insert(
                row.created_by, stored, preview, shape_of(meta)
            )
            await self._rows.finish(row.id, held_of(meta, asset_id, preview_id))
            await self._orphans.disown("recording", node.id, row.id)
            await self._store.publish(row.organization_id, "clip.ready", row.id, status="ready")
        await self._forget(node, row.id)
        log.info("recording_stored", clip=row.id, complete=meta.complete)

    async def _forget(self, node: Node, clip_id: str) -> None:
        """Free the node's disk now; if that fails, the sweep does it."""
        try:
            await self._remove(node.id, clip_id)
        except MomentsError:
            return
        await self._orphans.forget("recording", clip_id)

    async def _remove(self, node_id: str, recording_id: str) -> None:
        node = await self._nodes.node(node_id)
        if node is None:
            return  # its disk is gone from the registry, and the recording with it
        await self._client.delete_recording(node.control_url, recording_id)

    async def _missed(self, row: CaptureRow) -> None:
        """Start counting when the node is first missed; fail after a minute.

        `node_missed_at` stays, so that the clip resumes when the node comes back.
        """
        since = row.node_missed_at
        if since is not None and self._clock.now() - since >= MISSED_FOR:
            await self._store.fail(row, NODE_LOST)
        else:
            await self._again(row, missed=True)

    async def _again(self, row: CaptureRow, *, missed: bool) -> None:
        now = self._clock.now()
        left_s = (to_us(row.requested_end) - to_us(now)) / 1e6
        delay_s = _AGAIN_S if missed else max(0.3, left_s + 0.1)
        async with self._database.transaction():
            await Captures.update(
                {Captures.node_missed_at: (row.node_missed_at or now) if missed else None}
            ).where(Captures.id == row.id)
            await self._store.enqueue(FINISH_JOB, row.organization_id, row.id, delay_s=delay_s)
