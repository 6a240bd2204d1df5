"""Transcript: from captions in the file or beside it, else from the speech, else none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.core.errors import BadInput, UnsupportedMedia
from domain.infra.database import Database
from domain.moments.models import MediaFile
from domain.moments.processing import read_start
from domain.videos import captions, media_process
from domain.videos.files import VideoFiles
from domain.videos.media.probe import Probe
from domain.videos.models import Line, Transcript, VideoRow
from domain.videos.runner import Run
from domain.videos.scratch import Scratch
from domain.videos.stages.audio import NO_SOUND
from domain.videos.transcripts import TranscriptStore

_MOST_BYTES: Final = 8 * 1024 * 1024
_BESIDE: Final = """
SELECT gcs_bucket, gcs_path, mime_type, file_size_bytes, file_name FROM moment_assets
WHERE moment_id = $1 AND purpose = 'media' AND generation IS NOT NULL
    AND lower(right(file_name, 4)) = ANY($2::text[]) ORDER BY id DESC LIMIT 5
"""
_NO_ENGINE: Final = "Speech recognition is not installed, and the video has no captions."


class TranscriptStage:
    """Finds out what is said."""

    def __init__(
        self, database: Database, files: VideoFiles, scratch: Scratch, store: TranscriptStore
    ) -> None:
        self._database = database
        self._files = files
        self._scratch = scratch
        self._store = store

    async def run(self, run: Run) -> None:
        """Do the stage."""
        found = await self._find(run)

        async def store() -> None:
            await self._store.replace(run.video, found)

        note = f"No transcript: {found.reason}" if found.reason else f"{len(found.lines)} lines"
        await run.finish(store, note=note)

    async def _find(self, run: Run) -> Transcript:
        video = run.video
        if lines := await self._beside(video):
            return _of_captions("file", lines)
        if video.media is not None and video.has_audio is not None:
            with self._scratch.folder() as folder:
                if lines := await self._inside(video.media, folder):
                    return _of_captions("captions", lines)
        reason = NO_SOUND if not video.has_audio else _NO_ENGINE
        return Transcript(None, None, "none", reason, {}, ())

    async def _beside(self, video: VideoRow) -> Sequence[Line]:
        """Return the lines of a caption file among the moment's files."""
        rows = await self._database.fetch(_BESIDE, video.moment_id, list(captions.CAPTION_ENDINGS))
        for row in rows:
            file = MediaFile(*row)
            data = await read_start(self._files.storage, file, _MOST_BYTES)
            try:
                return captions.read(data.decode(errors="replace"))
            except BadInput:
                continue
        return ()

    async def _inside(self, file: MediaFile, folder: Path) -> Sequence[Line]:
        """Return the lines of a text track in the file."""
        path = await self._files.load(file, folder / "source")
        probe = Probe(**await media_process.run("probe", path, poster=str(folder / "poster.jpg")))
        for index in probe.captions:
            target = folder / f"{index}.srt"
            try:
                await media_process.run("captions", path, index=index, target=str(target))
                return captions.read(target.read_text(encoding="utf-8"))
            except (BadInput, UnsupportedMedia):
                continue
        return ()


def _of_captions(source: str, lines: Sequence[Line]) -> Transcript:
    return Transcript(
        None, None, "file" if source == "file" else "captions", None, {}, tuple(lines)
    )
