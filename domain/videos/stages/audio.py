"""Audio: the sound as speech models take it, kept so that later stages can run alone."""

from typing import Final

from domain.core.errors import Conflict
from domain.moments.assets import Assets, Shape
from domain.videos import media_process
from domain.videos.files import VideoFiles
from domain.videos.runner import Run
from domain.videos.scratch import Scratch
from domain.videos.tables import Videos

NO_SOUND: Final = "The video has no audio."
_MIME: Final = "audio/flac"


class Audio:
    """Extracts the sound."""

    def __init__(self, files: VideoFiles, scratch: Scratch) -> None:
        self._files = files
        self._assets: Assets = files.assets
        self._scratch = scratch

    async def run(self, run: Run) -> None:
        """Do the stage."""
        video = run.video
        if video.media is None:
            raise Conflict("The file is gone. Submit the video again.")
        if not video.has_audio:
            await run.finish(note=NO_SOUND)
            return
        with self._scratch.folder() as folder:
            source = await self._files.load(video.media, folder / "source")
            target = folder / "audio.flac"
            sound = await media_process.run(
                "sound", source, target=str(target), report=run.progress
            )
            stored = await self._files.store(
                video.organization_id, video.moment_id, "derived", "audio.flac", _MIME, target
            )

        async def store() -> None:
            asset_id = await self._assets.insert(
                stored, Shape(duration_ms=sound["length_ms"]), None
            )
            old = await Videos.select(Videos.audio_id).where(Videos.id == video.id).first()
            await Videos.update(
                {Videos.audio_id: asset_id, Videos.loudness: bytes(sound["loudness"])}
            ).where(Videos.id == video.id)
            if old is not None and old["audio_id"] is not None:
                await self._assets.disown([old["audio_id"]])

        await run.finish(store)
