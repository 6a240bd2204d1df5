"""Moments: the parts of a video worth keeping, each with the signals that chose it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.core.errors import Unavailable
from domain.videos.files import VideoFiles
from domain.videos.found import FoundMoments
from domain.videos.models import Candidate, Transcript
from domain.videos.runner import Run
from domain.videos.scratch import Scratch
from domain.videos.transcripts import TranscriptStore
from domain.videos.understanding import Understanding

_SHORTEST_MS: Final = 500


class MomentsStage:
    """Finds moments."""

    def __init__(
        self,
        files: VideoFiles,
        scratch: Scratch,
        store: TranscriptStore,
        found: FoundMoments,
        understanding: Understanding,
    ) -> None:
        self._files = files
        self._scratch = scratch
        self._store = store
        self._found = found
        self._understanding = understanding

    async def run(self, run: Run) -> None:
        """Do the stage."""
        video = run.video
        transcript = await self._store.get(video.id)
        candidates: Sequence[Candidate] = ()
        note = left_out = None
        try:
            if video.source == "capture":
                note = "Not looked for in clips"
            elif transcript is not None and transcript.lines:
                candidates, left_out = await self._find(run, transcript)
        except Unavailable as error:
            if error.code != "no_model":
                raise
            note = f"None found: {error.message}"

        async def store() -> None:
            await self._found.replace(video, candidates, transcript)

        told = f"{len(candidates)} found" + (f"; {left_out}" if left_out else "")
        await run.finish(store, note=note or told)

    async def _find(
        self, run: Run, transcript: Transcript
    ) -> tuple[Sequence[Candidate], str | None]:
        video = run.video
        voices = await self._understanding.load_voices(video.voices)
        with self._scratch.folder() as folder:
            audio = None
            if video.audio is not None:
                source = await self._files.load(video.audio, folder / "audio.flac")
                audio = folder / "audio.wav"
                await self._understanding.insight.decode(source, audio)
            found, left_out = await self._understanding.moments(
                transcript, voices, audio, video.prompt, run.report
            )
        most = video.duration_ms or 0
        return [
            replace(each, end_ms=min(each.end_ms, most))
            for each in found
            if each.start_ms < most - _SHORTEST_MS
        ], left_out
