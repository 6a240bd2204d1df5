"""Videos for members: submit, see, run, delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import Conflict, Forbidden
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import may_delete
from domain.moments.listing import url_of
from domain.moments.models import UNDERSTAND_JOB
from domain.moments.wiring import MomentRoom
from domain.videos.found import FoundMoments, Purge
from domain.videos.intake import Intake, source_of
from domain.videos.models import (
    STAGES,
    FoundMoment,
    NewVideo,
    Progress,
    Stage,
    StageState,
    Submitted,
    Transcript,
    Video,
    VideoCounts,
    VideoPage,
)
from domain.videos.pipeline import STAGE_JOB, Pipeline
from domain.videos.rows import VideoRows, file_of, video_of
from domain.videos.transcripts import TranscriptStore


@dataclass(frozen=True, slots=True)
class VideoStores:
    """What reads and writes the rows of videos."""

    rows: VideoRows
    transcripts: TranscriptStore
    found: FoundMoments


class VideoService:
    """An organisation's videos."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        moments: MomentRoom,
        pipeline: Pipeline,
        stores: VideoStores,
        purge: Purge,
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._storage = base.storage
        self._understands = base.settings.understand_captures
        self._rights = rights
        self._intake = Intake(base, moments, pipeline)
        self._assets = moments.assets
        self._rows = stores.rows
        self.pipeline = pipeline
        self._transcripts = stores.transcripts
        self._found = stores.found
        self._purge = purge

    async def submit(self, caller: Caller, new: NewVideo) -> Submitted:
        """Create a video (members); a URL or a moment starts at once, an upload when it is there.

        Raises:
            BadFields: Not exactly one source, or one that is not valid. NotFound: No such moment.
            Conflict: The moment is a video already, or has no file to process.
        """
        source = source_of(new)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if source == "moment":
                video_id = await self._intake.of_moment(actor, new.moment_id or "")
                upload_url = None
            else:
                video_id, upload_url = await self._intake.of_file(caller, actor, new, source)
            if source != "upload":
                await self._start(video_id, "ingest")
            await self.pipeline.announce(video_id, "video.created")
            video = await self._view(await self._rows.find(actor, video_id))
        return Submitted(video, upload_url)

    async def get(self, caller: Caller, video_id: str) -> Video:
        """Return one video with its stages."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._view(await self._rows.find(actor, video_id))

    async def list(
        self,
        caller: Caller,
        *,
        limit: int = 50,
        offset: int = 0,
        progress: Progress | None = None,
    ) -> VideoPage:
        """Return one page of the videos that the caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows, total = await self._rows.page(actor, limit, offset, progress)
            stages = await self._rows.stages([row["id"] for row in rows])
        return VideoPage(tuple(self._video(row, stages) for row in rows), total)

    async def counts(self, caller: Caller) -> VideoCounts:
        """Return how many videos the caller can see, and how long they are together."""
        async with self._database.transaction():
            return await self._rows.counts(await self._rights.load(caller))

    async def of_moments(self, caller: Caller, moment_ids: Sequence[str]) -> Mapping[str, Video]:
        """Return the videos that some moments are of, by moment."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._rows.of_moments(actor, moment_ids)
            stages = await self._rows.stages([row["id"] for row in rows])
        return {row["moment_id"]: self._video(row, stages) for row in rows}

    async def transcript(self, caller: Caller, video_id: str) -> Transcript:
        """Return a video's transcript.

        Raises:
            Conflict: Its stage has not ended yet (code `not_ready`).
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, video_id)
            transcript = await self._transcripts.get(row["id"])
        if transcript is None:
            raise not_ready("The transcript is not ready yet.")
        return transcript

    async def moments(self, caller: Caller, video_id: str) -> Sequence[FoundMoment]:
        """Return the moments of a video, in its order."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, video_id)
            return await self._found.list(actor, row["id"])

    async def clip_url(self, caller: Caller, moment_id: str) -> str:
        """Return a fresh signed URL of the clip of a video's moment, for a redirect.

        Raises:
            NotFound: It is no moment of a video. Conflict: It has no clip yet.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            file = await self._found.clip(actor, moment_id)
        if file is None:
            raise not_ready("This clip is not ready yet.")
        return url_of(self._storage, file)

    async def start(self, caller: Caller, video_id: str, first: Stage = "ingest") -> Video:
        """Run a video's pipeline from a stage on (members).

        Raises:
            Conflict: Its file has not arrived, or an earlier stage has not ended.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["source"] == "upload" and file_of(row, "asset") is None:
                raise not_ready("The file has not arrived yet. Upload it first.")
            stages = (await self._rows.stages([row["id"]]))[row["id"]]
            before = stages[: STAGES.index(first)]
            if any(stage.status != "completed" for stage in before):
                raise not_ready("An earlier stage has not ended yet.")
            await self._start(row["id"], first)
            return await self._view(await self._rows.find(actor, video_id))

    async def retry(self, caller: Caller, video_id: str) -> Video:
        """Run a failed or cancelled video from the stage on that did not end (members).

        Raises:
            Conflict: It did not fail and was not cancelled.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["status"] not in {"failed", "cancelled"}:
                raise Conflict("Only a failed or cancelled video can be retried.")
            if row["source"] == "upload" and file_of(row, "asset") is None:
                raise not_ready("The file has not arrived. Submit the video again.")
            stages = (await self._rows.stages([row["id"]]))[row["id"]]
            first = next(stage.name for stage in stages if stage.status != "completed")
            await self._start(row["id"], first)
            return await self._view(await self._rows.find(actor, video_id))

    async def cancel(self, caller: Caller, video_id: str) -> Video:
        """Stop a video's pipeline (members); what ended keeps its results.

        Raises:
            Conflict: It has ended already.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["status"] not in {"queued", "running"}:
                raise Conflict("This video is not being processed.")
            locked = await self._rows.lock(row["id"])
            await self.pipeline.cancel(locked)
            return await self._view(await self._rows.find(actor, video_id))

    async def delete(self, caller: Caller, video_id: str) -> None:
        """Delete a video for good: its moments, files, transcript and jobs (its own, or an admin).

        The objects follow in a job, so an interrupted deletion finishes later.

        Raises:
            Forbidden: Somebody else submitted it.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if not may_delete(actor, row["created_by"]):
                raise Forbidden("Only the person who submitted it, an owner or an admin may do so.")
            await self.pipeline.announce(row["id"], "video.deleted")
            await self._remove(row)

    async def source_processed(self, asset_id: str, error: str | None) -> None:
        """Start the video whose uploaded file was checked, or fail it; in the open transaction."""
        row = await self._database.fetchrow(
            "SELECT v.id FROM videos v JOIN video_stages s ON s.video_id = v.id"
            " AND s.position = 0 AND s.status = 'pending' WHERE v.asset_id = $1",
            asset_id,
        )
        if row is None:
            if error is None and self._understands:
                await self._queue.enqueue(UNDERSTAND_JOB, {"asset_id": asset_id}, key=asset_id)
            return
        video = await self._rows.lock(row["id"])
        if error is None:
            await self.pipeline.start(video, "ingest")
        else:
            await self.pipeline.fail(video.id, "ingest", video.run, error)

    async def understand(self, args: Mapping[str, str]) -> None:
        """Process a clip, or a file added to a moment, as a video; a job calls it, once for each.

        `args` has the moment's id, or the id of its file.
        """
        async with self._database.transaction():
            video_id = await self._intake.of_capture(args.get("moment_id"), args.get("asset_id"))
            if video_id is not None:
                await self._start(video_id, "ingest")

    async def _start(self, video_id: str, first: Stage) -> None:
        await self.pipeline.start(await self._rows.lock(video_id), first)

    async def _remove(self, row: Record) -> None:
        found = await self._database.fetch(
            "SELECT moment_id FROM video_moments WHERE video_id = $1", row["id"]
        )
        gone = [each["moment_id"] for each in found]
        derived = [row[name] for name in ("audio_id", "voices_id") if row[name] is not None]
        if row["owns_moment"]:
            gone.append(row["moment_id"])
        await self._queue.withdraw(STAGE_JOB, row["id"])
        await self._database.execute("DELETE FROM videos WHERE id = $1", row["id"])
        await self._assets.disown(derived)
        await self._purge(gone)
        await self._queue.enqueue("moments.purge", {}, key="moments.purge")
        await self.pipeline.dispatch()

    async def _view(self, row: Record) -> Video:
        return self._video(row, await self._rows.stages([row["id"]]))

    def _video(self, row: Record, stages: Mapping[str, tuple[StageState, ...]]) -> Video:
        file = file_of(row, "asset")
        poster_url = None
        if row["p_path"] is not None:
            poster_url = self._storage.signed_get(
                row["p_bucket"], row["p_path"], content_type=row["p_mime"]
            )
        return video_of(
            row,
            stages.get(row["id"], ()),
            url_of(self._storage, file) if file else None,
            poster_url,
        )


def not_ready(message: str) -> Conflict:
    """Return the error for a result that is still to come."""
    return Conflict(message, code="not_ready")
