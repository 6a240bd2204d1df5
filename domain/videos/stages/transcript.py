"""Transcript: from captions in the file or beside it, else from the speech, else none."""

from pathlib import Path
from typing import Final

import msgspec

from domain.core.errors import BadInput, Unavailable, UnsupportedMedia
from domain.infra.database import Database
from domain.moments.assets import Shape, StoredFile
from domain.moments.models import MediaFile
from domain.moments.processing import read_start
from domain.videos import captions, media_process
from domain.videos.files import VideoFiles
from domain.videos.media.facts import Probe
from domain.videos.models import Line, Transcript, VideoRow
from domain.videos.runner import Run
from domain.videos.scratch import Scratch
from domain.videos.stages.audio import NO_SOUND
from domain.videos.tables import Videos
from domain.videos.transcripts import TranscriptStore
from domain.videos.understanding import Understanding, Voices

_MOST_BYTES: Final = 8 * 1024 * 1024
_BESIDE: Final = """
SELECT gcs_bucket, gcs_path, mime_type, file_size_bytes, file_name FROM moment_assets
WHERE moment_id = $1 AND purpose = 'media' AND generation IS NOT NULL
    AND lower(right(file_name, 4)) = ANY($2::text[]) ORDER BY id DESC LIMIT 5
"""


class TranscriptStage:
    """Finds out what is said."""

    def __init__(
        self,
        database: Database,
        files: VideoFiles,
        scratch: Scratch,
        store: TranscriptStore,
        understanding: Understanding,
    ) -> None:
        self._database = database
        self._files = files
        self._scratch = scratch
        self._store = store
        self._understanding = understanding

    async def run(self, run: Run) -> None:
        """Do the stage."""
        video = run.video
        with self._scratch.folder() as folder:
            audio = await self._audio(video, folder)
            voices = await self._understanding.voices(audio) if audio else None
            found = await self._captions(video, folder)
            if found is None:
                found = await self._heard(run, audio, voices)
            count = video.speaker_count
            if count or not found.names:  # a person's count, then the file's names, then the voices
                found = await self._understanding.with_speakers(found, voices, count)
            found = await self._understanding.with_emotions(found)
            kept = await self._keep(video, voices, folder)

        async def store() -> None:
            await self._store.replace(video, found)
            if kept is not None:
                voices_id = await self._files.assets.insert(kept, Shape(), None)
                await Videos.update({Videos.voices_id: voices_id}).where(Videos.id == video.id)
                if video.voices_id is not None:
                    await self._files.assets.disown([video.voices_id])

        note = f"No transcript: {found.reason}" if found.reason else f"{len(found.lines)} lines"
        await run.finish(store, note=note)

    async def _audio(self, video: VideoRow, folder: Path) -> Path | None:
        if video.audio is None:
            return None
        source = await self._files.load(video.audio, folder / "audio.flac")
        try:
            await self._understanding.insight.decode(source, folder / "audio.wav")
        except Unavailable:
            return None
        return folder / "audio.wav"

    async def _heard(self, run: Run, audio: Path | None, voices: Voices | None) -> Transcript:
        if audio is None:
            return Transcript(None, None, "none", NO_SOUND, {}, ())
        hotwords = await self._store.hotwords(run.video)
        return await self._understanding.heard(audio, voices, hotwords, run.report)

    async def _captions(self, video: VideoRow, folder: Path) -> Transcript | None:
        lines, names = await self._beside(video)
        if lines:
            return Transcript(None, None, "file", None, names, lines)
        lines = await self._inside(video.media, folder) if video.media is not None else ()
        return Transcript(None, None, "captions", None, {}, lines) if lines else None

    async def _keep(
        self, video: VideoRow, voices: Voices | None, folder: Path
    ) -> StoredFile | None:
        """Store the voices, so that speakers can be told apart anew at once."""
        if voices is None:
            return None
        path = folder / "voices.msgpack"
        path.write_bytes(msgspec.msgpack.encode(voices))
        return await self._files.store(
            video.organization_id,
            video.moment_id,
            "derived",
            path.name,
            "application/octet-stream",
            path,
        )

    async def _beside(self, video: VideoRow) -> tuple[tuple[Line, ...], dict[int, str]]:
        """Return the lines of a caption file among the moment's files, and its speakers."""
        rows = await self._database.fetch(_BESIDE, video.moment_id, list(captions.CAPTION_ENDINGS))
        for row in rows:
            file = MediaFile(*row)
            data = await read_start(self._files.storage, file, _MOST_BYTES)
            try:
                return captions.read(data.decode(errors="replace"))
            except BadInput:
                continue
        return (), {}

    async def _inside(self, file: MediaFile, folder: Path) -> tuple[Line, ...]:
        """Return the lines of a text track in the file."""
        path = await self._files.load(file, folder / "source")
        probe = Probe(**await media_process.run("probe", path, poster=str(folder / "poster.jpg")))
        for index in probe.captions:
            target = folder / f"{index}.srt"
            try:
                await media_process.run("captions", path, index=index, target=str(target))
                return captions.read(target.read_text(encoding="utf-8"))[0]
            except (BadInput, UnsupportedMedia):
                continue
        return ()
