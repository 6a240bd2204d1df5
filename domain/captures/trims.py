"""Trimming: a sub-range of a stored clip becomes a new clip.

Rewriting an mp4 is media code, which the domain does not import: any live node receives the file
and returns the cut (`POST /control/files/trim`). See docs/adr.
"""

from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor
from domain.captures.models import CaptureChange, NewTrim
from domain.captures.pipeline import CaptureFiles, Drafts, held_of, shape_of
from domain.captures.row_values import CaptureRow, NewCapture
from domain.captures.rows import CaptureRows
from domain.captures.store import CaptureStore, clean_notes
from domain.core.errors import BadFields, MomentsError, Unavailable
from domain.core.ids import new_id
from domain.core.time import Span, to_us
from domain.live.wire import TrimRequest
from domain.moments.models import MediaFile
from domain.moments.rules import file_name

TRIM_JOB: Final = "live.trim"
_GIVE_UP: Final = timedelta(minutes=10)
_AGAIN_S: Final = 2.0
_MP4: Final = "video/mp4"
_PARENT_LOST: Final = "The original clip is gone."
_TOO_LONG: Final = "No media node could cut this clip within ten minutes. Try again."


async def insert_trim(rows: CaptureRows, actor: Actor, parent: CaptureRow, new: NewTrim) -> str:
    """Insert a trim in the open transaction; return its id.

    Raises:
        BadFields: The range is not inside the clip.
    """
    length = parent.duration_ms
    if not 0 <= new.start_ms < new.end_ms:
        raise BadFields({"start_ms": "must be at least 0 and before end_ms"})
    if new.end_ms > length:
        raise BadFields({"end_ms": f"must be at most {length}, the clip's length"})
    start = parent.start_at + timedelta(milliseconds=new.start_ms)
    trim_id = new_id("clip")
    await rows.insert(
        actor,
        NewCapture(
            id=trim_id,
            kind="clip",
            moment_id=new_id("moment"),
            makes_moment=True,
            stream=parent.stream,
            status="processing",
            title=clean_notes(CaptureChange(new.title)).title or parent.title,
            note=parent.note,
            labels=parent.labels,
            requested=Span(start, start + timedelta(milliseconds=new.end_ms - new.start_ms)),
            parent_id=parent.id,
            trim_ms=(new.start_ms, new.end_ms),
        ),
    )
    return trim_id


class TrimJobs:
    """The worker's jobs for trims."""

    def __init__(self, store: CaptureStore, drafts: Drafts, files: CaptureFiles) -> None:
        self._store = store
        self._rows = store.rows
        self._drafts = drafts
        self._files = files
        self._clock = store.clock

    async def trim(self, clip_id: str) -> None:
        """Cut a trim from its parent, or reschedule if no node can."""
        row = await self._rows.by_id(clip_id)
        if row is None or row.status != "processing":
            return
        parent = await self._rows.by_id(row.parent_id or "")
        try:
            if parent is None or parent.media is None:
                await self._store.fail(row, _PARENT_LOST)
            else:
                await self._cut(row, parent, parent.media)
        except Unavailable:
            await self._again(row)
        except MomentsError as error:
            await self._store.fail(row, error.message)

    async def _cut(self, row: CaptureRow, parent: CaptureRow, file: MediaFile) -> None:
        node = await self._drafts.nodes.any_alive()
        request = TrimRequest(
            start_us=(row.trim_start_ms or 0) * 1000,
            end_us=(row.trim_end_ms or 0) * 1000,
            origin_us=to_us(parent.start_at),
        )
        files, store = self._files, self._store
        source = await files.storage.open(file.bucket, file.key)
        async with files.client.trim(node.control_url, request, source) as (meta, body):
            stored = await files.store(row, file_name(row.title, _MP4), _MP4, body)
        preview = await files.preview_of(row, node, file.bucket, file.key, at_us=request.start_us)
        async with store.database.transaction():
            locked = await self._rows.lock(row.id)
            if locked is None or locked.status != "processing":
                return  # another run was first; the sweep removes these bytes
            asset_id, preview_id = await files.insert(
                row.created_by, stored, preview, shape_of(meta)
            )
            await self._rows.finish(row.id, held_of(meta, asset_id, preview_id))
            await store.publish(row.organization_id, "clip.ready", row.id, status="ready")

    async def _again(self, row: CaptureRow) -> None:
        if self._clock.now() - row.updated_at > _GIVE_UP:
            await self._store.fail(row, _TOO_LONG)
            return
        await self._store.enqueue(TRIM_JOB, row.organization_id, row.id, delay_s=_AGAIN_S)
