"""Trimming: a sub-range of a stored clip becomes a clip of its own.

Rewriting an mp4 is media code, which the domain does not import: any live node is handed the file
and answers with the cut (`POST /control/files/trim`). See docs/adr.
"""

from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor
from domain.core.errors import BadFields, MomentsError, Unavailable
from domain.core.ids import new_id
from domain.core.time import Span, to_us
from domain.infra.database import Record
from domain.live.capture_rows import NewCapture
from domain.live.making import CaptureMaker, CaptureParts, held_of, shape_of
from domain.live.models import MediaFile, NewTrim
from domain.live.note_rules import clean_notes, file_name
from domain.live.presenting import SELECT, media_file
from domain.live.recordings import fail
from domain.live.wire import TrimRequest

TRIM_JOB: Final = "live.trim"
_GIVE_UP: Final = timedelta(minutes=10)
_AGAIN_S: Final = 2.0
_MP4: Final = "video/mp4"
_PARENT_LOST: Final = "The clip that this is a part of is gone"
_TOO_LONG: Final = "No media node could cut this clip within ten minutes. Try again"


async def insert_trim(parts: CaptureParts, actor: Actor, parent: Record, new: NewTrim) -> str:
    """Make the row of a trim in the open transaction; return its id.

    Raises:
        BadFields: The range is not inside the clip.
    """
    length = parent["duration_ms"]
    if not 0 <= new.start_ms < new.end_ms:
        raise BadFields({"start_ms": "must be at least 0 and before end_ms"})
    if new.end_ms > length:
        raise BadFields({"end_ms": f"must be at most {length}, the clip's length"})
    title = clean_notes(new.title, None, None).title or parent["title"]
    start = parent["start_at"] + timedelta(milliseconds=new.start_ms)
    trim_id = new_id("clip")
    stream = None
    if parent["stream_id"] is not None:
        stream = {
            "id": parent["stream_id"],
            "name": parent["stream_name"],
            "slug": parent["stream_slug"],
        }
    await parts.rows.insert(
        actor,
        NewCapture(
            id=trim_id,
            kind="clip",
            moment_id=parts.moments.new_id(),
            makes_moment=True,
            stream=stream,
            status="processing",
            title=title,
            note=parent["note"],
            labels=parent["labels"],
            requested=Span(start, start + timedelta(milliseconds=new.end_ms - new.start_ms)),
            parent_id=parent["id"],
            trim_ms=(new.start_ms, new.end_ms),
        ),
    )
    return trim_id


class TrimJobs:
    """What the worker does with trims."""

    def __init__(self, parts: CaptureParts, maker: CaptureMaker) -> None:
        self._parts = parts
        self._maker = maker
        self._database = parts.database

    async def trim(self, clip_id: str) -> None:
        """Cut a trim out of its parent, or come again when no node can."""
        row = await self._database.fetchrow(f"{SELECT} WHERE c.id = $1", clip_id)
        if row is None or row["status"] != "processing":
            return
        parent = await self._database.fetchrow(f"{SELECT} WHERE c.id = $1", row["parent_id"])
        file = None if parent is None else media_file(parent)
        try:
            if file is None:
                await self._fail(row, _PARENT_LOST)
            else:
                await self._cut(row, parent, file)
        except Unavailable:
            await self._again(row)
        except MomentsError as error:
            await self._fail(row, error.message)

    async def _cut(self, row: Record, parent: Record, file: MediaFile) -> None:
        node = await self._maker.any_node()
        wanted = TrimRequest(
            start_us=row["trim_start_ms"] * 1000,
            end_us=row["trim_end_ms"] * 1000,
            origin_us=to_us(parent["start_at"]),
        )
        source = await self._parts.storage.open(file.bucket, file.key)
        async with self._parts.client.trim(node.control_url, wanted, source) as (meta, body):
            name = file_name(row["title"], _MP4)
            stored = await self._maker.store(row, name, _MP4, body)
        preview = await self._maker.preview_of(
            row, node, file.bucket, file.key, at_us=wanted.start_us
        )
        async with self._database.transaction():
            status = await self._database.fetchval(
                "SELECT status FROM capture WHERE id = $1 FOR UPDATE", row["id"]
            )
            if status != "processing":
                return  # another run was first; these bytes are left to the sweep
            asset_id, preview_id = await self._maker.insert_files(
                row["created_by"], stored, preview, shape_of(meta)
            )
            await self._parts.rows.finish(row["id"], held_of(meta, asset_id, preview_id))
            await self._maker.tell(row["organization_id"], "clip.ready", row["id"], status="ready")

    async def _again(self, row: Record) -> None:
        if self._parts.clock.now() - row["updated_at"] > _GIVE_UP:
            await self._fail(row, _TOO_LONG)
            return
        await self._parts.queue.enqueue(
            TRIM_JOB, {"clip_id": row["id"]}, delay_s=_AGAIN_S, key=row["id"]
        )

    async def _fail(self, row: Record, reason: str) -> None:
        async with self._database.transaction():
            await fail(self._parts, self._maker, row, reason)
