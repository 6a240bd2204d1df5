"""How loud the parts of a video are, to be drawn.

The audio stage measures it. Of a video that went through it before, a job does when somebody asks.
"""

from typing import Any, Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.core.errors import UnsupportedMedia
from domain.infra.base import Base
from domain.videos import media_process
from domain.videos.files import VideoFiles
from domain.videos.pipeline import Pipeline
from domain.videos.rows import VideoRows, file_of
from domain.videos.scratch import Scratch

LOUDNESS_JOB: Final = "videos.loudness"
_STORE: Final = "UPDATE videos SET loudness = $2 WHERE id = $1 AND loudness IS NULL RETURNING id"


class Loudness:
    """Reads it, or measures it (a job)."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        rows: VideoRows,
        pipeline: Pipeline,
        files: VideoFiles,
        scratch: Scratch,
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._rights = rights
        self._rows = rows
        self._pipeline = pipeline
        self._files = files
        self._scratch = scratch

    async def levels(self, caller: Caller, video_id: str) -> bytes | None:
        """Return how loud equal parts of a video are, 0 to 255 each; None while it is unknown.

        Of a video without sound, these are none.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, video_id)
            if row["loudness"] is not None:
                return bytes(row["loudness"])
            if file_of(row, "audio") is not None:
                task = {"video_id": row["id"]}
                await self._queue.enqueue_unless_busy(LOUDNESS_JOB, task, key=row["id"])
        return b"" if row["has_audio"] is False else None

    async def measure(self, args: dict[str, Any]) -> None:
        """Measure a video's kept sound; what cannot be read has no parts."""
        video = await self._rows.by_id(args["video_id"])
        if video is None or video.audio is None:
            return
        with self._scratch.folder() as folder:
            source = await self._files.load(video.audio, folder / "audio.flac")
            try:
                sound = await media_process.run("sound", source, target=str(folder / "again.flac"))
                levels = bytes(sound["loudness"])
            except UnsupportedMedia:
                levels = b""
        async with self._database.transaction():
            if await self._database.fetchval(_STORE, video.id, levels) is not None:
                await self._pipeline.announce(video.id, "video.updated")
