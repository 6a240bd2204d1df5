"""Moments: the parts of a video worth keeping, each with the signals that chose it."""

from collections.abc import Sequence

from domain.infra.database import Database
from domain.videos.found import FoundMoments
from domain.videos.models import Candidate, Transcript, VideoRow
from domain.videos.runner import Run
from domain.videos.transcripts import TranscriptStore


class MomentsStage:
    """Finds moments."""

    def __init__(self, database: Database, store: TranscriptStore, found: FoundMoments) -> None:
        self._database = database
        self._store = store
        self._found = found

    async def run(self, run: Run) -> None:
        """Do the stage."""
        transcript = await self._store.get(run.video.id)
        candidates = await self._find(run.video, transcript)

        async def store() -> None:
            await self._found.replace(run.video, candidates, transcript)

        await run.finish(store, note=f"{len(candidates)} found")

    async def _find(self, video: VideoRow, transcript: Transcript | None) -> Sequence[Candidate]:
        del video, transcript
        return ()
