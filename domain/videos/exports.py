"""Vertical exports: a moment's clip as 720 by 1280, with what is said word by word."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, MomentsError, Unavailable
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.assets import Shape
from domain.moments.rules import file_name
from domain.videos import media_process
from domain.videos.correcting import spread
from domain.videos.files import VideoFiles
from domain.videos.found import clip_of
from domain.videos.media.facts import HEIGHT, WIDTH
from domain.videos.models import Export, FoundMoment, Transcript, Word
from domain.videos.pipeline import Pipeline
from domain.videos.scratch import Scratch
from domain.videos.service import VideoStores, not_ready
from domain.videos.tables import VideoMoments

VERTICAL_JOB: Final = "videos.vertical"
_MP4: Final = "video/mp4"
_BUSY_S: Final = 5.0
_WAITING: Final = """
SELECT f.*, m.title, m.created_by, a.gcs_bucket, a.gcs_path, a.mime_type, a.file_size_bytes,
    a.file_name, a.metadata ->> 'durationMs' AS length
FROM video_moments f JOIN moments m ON m.id = f.moment_id
LEFT JOIN moment_assets a ON a.id = f.asset_id
WHERE f.moment_id = $1 AND f.vertical_status = 'waiting' AND m.deleted_at IS NULL
"""
_UNFINISHED: Final = """
SELECT f.moment_id, f.video_id, m.title FROM video_moments f JOIN moments m ON m.id = f.moment_id
WHERE f.organization_id = $1 AND f.vertical_status = 'waiting' AND m.created_by = $2
    AND m.deleted_at IS NULL ORDER BY f.moment_id LIMIT 20
"""


class VerticalExports:
    """Asked for by members, rendered by a job, one at a time in each worker."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        stores: VideoStores,
        pipeline: Pipeline,
        files: VideoFiles,
        scratch: Scratch,
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._rights = rights
        self._stores = stores
        self._pipeline = pipeline
        self._files = files
        self._scratch = scratch
        self._turn = asyncio.Semaphore(1)

    async def request(
        self,
        caller: Caller,
        video_id: str,
        moment_id: str,
        *,
        crop: float | None = None,
        with_captions: bool = True,
    ) -> FoundMoment:
        """Ask for the vertical form of a moment's clip; it becomes a file of the moment.

        `crop` is the centre of what is kept, 0 (left) to 1 (right); None fits everything.

        Raises:
            NotFound: The video has no such moment. Conflict: Its clip is not ready, or failed.
            BadFields: The crop is out of range.
        """
        if crop is not None and not 0 <= crop <= 1:
            raise BadFields({"crop": "must be 0 (left) to 1 (right)"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._stores.rows.find(actor, video_id)
            found = await self._stores.found.get(actor, row["id"], moment_id)
            if found.clip_status != "ready":
                raise not_ready(found.clip_error or "The clip is not ready yet.")
            await VideoMoments.update(
                {
                    VideoMoments.vertical_status: "waiting",
                    VideoMoments.vertical_error: None,
                    VideoMoments.vertical_crop: crop,
                    VideoMoments.vertical_captions: with_captions,
                }
            ).where(VideoMoments.moment_id == found.moment.id)
            await self._enqueue(actor.organization_id, found.moment.id)
            await self._pipeline.announce(row["id"], "video.updated")
            return await self._stores.found.get(actor, row["id"], moment_id)

    async def unfinished(self, caller: Caller) -> Sequence[Export]:
        """List the exports of the caller's moments that are being made."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(_UNFINISHED, actor.organization_id, actor.user_id)
        return [Export(**dict(row)) for row in rows]

    async def render(self, moment_id: str) -> None:
        """Render what was asked for, or wait for one's turn; idempotent."""
        row = await self._database.fetchrow(_WAITING, moment_id)
        if row is None:
            return
        if self._turn.locked():
            await self._enqueue(row["organization_id"], moment_id, delay_s=_BUSY_S)
            return
        async with self._turn:
            try:
                with self._scratch.folder() as folder:
                    await self._render(row, folder)
            except Unavailable:
                raise
            except MomentsError as error:
                await self._fail(row, error.message)

    async def _render(self, row: Record, folder: Path) -> None:
        clip = clip_of(row)
        if clip is None:
            raise not_ready("The clip is gone. Cut the moment again.")
        words: list[Word] = []
        transcript = await self._stores.transcripts.get(row["video_id"])
        if transcript is not None and row["vertical_captions"]:
            words = words_within(transcript, row["start_ms"], row["end_ms"])
        source, target = folder / "clip.mp4", folder / "vertical.mp4"
        await self._files.load(clip, source)
        await media_process.run(
            "vertical",
            source,
            target=str(target),
            crop=row["vertical_crop"],
            words=[[word.start_ms, word.end_ms, word.text] for word in words],
        )
        name = file_name(f"{row['title']} (vertical)", _MP4)
        owner = (row["organization_id"], row["moment_id"])
        stored = await self._files.store(*owner, "media", name, _MP4, target)
        shape = Shape(WIDTH, HEIGHT, int(row["length"]) if row["length"] else None)
        async with self._database.transaction():
            asset_id = await self._files.assets.insert(stored, shape, row["created_by"])
            old = await self._database.fetchrow(
                "SELECT vertical_id FROM video_moments WHERE moment_id = $1 FOR UPDATE",
                row["moment_id"],
            )
            await VideoMoments.update(
                {VideoMoments.vertical_status: "ready", VideoMoments.vertical_id: asset_id}
            ).where(VideoMoments.moment_id == row["moment_id"])
            if old is not None and old["vertical_id"] is not None:
                await self._files.assets.disown([old["vertical_id"]])
            await self._pipeline.announce(row["video_id"], "video.updated")

    async def _fail(self, row: Record, error: str) -> None:
        async with self._database.transaction():
            await VideoMoments.update(
                {VideoMoments.vertical_status: "failed", VideoMoments.vertical_error: error}
            ).where(VideoMoments.moment_id == row["moment_id"])
            await self._pipeline.notices.tell_export(row, error)
            await self._pipeline.announce(row["video_id"], "video.updated")

    async def _enqueue(self, organization_id: str, moment_id: str, *, delay_s: float = 0) -> None:
        await self._queue.enqueue(
            VERTICAL_JOB,
            {"moment_id": moment_id},
            key=moment_id,
            delay_s=delay_s,
            organization_id=organization_id,
        )


def words_within(transcript: Transcript, start_ms: int, end_ms: int) -> list[Word]:
    """Return the words said in a span, at their time from its start."""
    words: list[Word] = []
    for line in transcript.lines:
        if line.end_ms > start_ms and line.start_ms < end_ms:
            words += line.words or spread(line.text.split(), line.start_ms, line.end_ms)
    return [
        Word(word.start_ms - start_ms, word.end_ms - start_ms, word.text)
        for word in words
        if word.end_ms > start_ms and word.start_ms < end_ms
    ]
