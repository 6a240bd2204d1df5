"""What people change of a video: its moments, and its transcript."""

import math
from dataclasses import dataclass
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Conflict
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import check_may_delete
from domain.moments.models import MomentChange
from domain.moments.records import MomentRecords
from domain.moments.rules import clean_change
from domain.videos.correcting import Correction, corrected, renamings
from domain.videos.found import FoundMoments
from domain.videos.models import STAGES, Candidate, FoundMoment, Stage, Transcript, Video
from domain.videos.ranges import check_range, title_of, whole_lines
from domain.videos.rows import video_row
from domain.videos.service import VideoService, VideoStores, not_ready
from domain.videos.tables import VideoMoments, Videos
from domain.videos.transcripts import part_of
from domain.videos.understanding import Understanding, Voices

_MAX_PROMPT: Final = 2000


@dataclass(frozen=True, slots=True)
class FoundChange:
    """Changes of a video's moment; None leaves a field unchanged."""

    title: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    is_kept: bool = True  # False: a later run may replace it, if nothing else was changed


class VideoEditing:
    """For members; what they touch is never overwritten by a job."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        stores: VideoStores,
        videos: VideoService,
        understanding: Understanding,
    ) -> None:
        self._database = base.database
        self._rights = rights
        self._records = records
        self._pipeline = videos.pipeline
        self._understanding = understanding
        self._rows = stores.rows
        self._transcripts = stores.transcripts
        self._found: FoundMoments = stores.found
        self._videos = videos

    async def add(
        self, caller: Caller, video_id: str, start_ms: int, end_ms: int, title: str = ""
    ) -> FoundMoment:
        """Make a part of a video a moment; its clip follows.

        Raises:
            BadFields: The part is not inside the video.
        """
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            check_range(row, start_ms, end_ms)
            transcript = await self._transcripts.get(row["id"])
            words = clean_change(MomentChange(title=title)).title or title_of(
                transcript, start_ms, end_ms
            )
            candidate = Candidate(start_ms, end_ms, words, None, (), "person")
            moment_id = await self._found.add(
                video_row(row), candidate, transcript, created_by=actor.user_id
            )
            await self._recut(row)
            return await self._found.get(actor, row["id"], moment_id)

    async def change(
        self, caller: Caller, video_id: str, moment_id: str, change: FoundChange
    ) -> FoundMoment:
        """Keep, rename or trim a moment; a new range is cut again from the kept source.

        Raises:
            NotFound: The video has no such moment. BadFields: The range is not inside it.
        """
        title = clean_change(MomentChange(title=change.title)).title
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            found = await self._found.get(actor, row["id"], moment_id)
            start_ms = found.start_ms if change.start_ms is None else change.start_ms
            end_ms = found.end_ms if change.end_ms is None else change.end_ms
            check_range(row, start_ms, end_ms)
            if title:
                await self._records.change(moment_id, MomentChange(title=title))
            await VideoMoments.update({VideoMoments.is_edited: change.is_kept}).where(
                VideoMoments.moment_id == moment_id
            )
            await self._set_range(row, found, start_ms, end_ms)
            await self._pipeline.announce(row["id"], "video.updated")
            return await self._found.get(actor, row["id"], moment_id)

    async def dismiss(self, caller: Caller, video_id: str, moment_id: str) -> None:
        """Move a moment to the bin; no later run finds it again.

        Raises:
            NotFound: The video has no such moment. Forbidden: It is somebody else's.
        """
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            moment = (await self._found.get(actor, row["id"], moment_id)).moment
            check_may_delete(actor, moment.created_by.id if moment.created_by else None)
            await self._records.delete([moment_id])
            await self._pipeline.announce(row["id"], "video.updated")

    async def refine(
        self, caller: Caller, video_id: str, moment_id: str, prompt: str = ""
    ) -> FoundMoment:
        """Extend a moment to whole lines, and cut it in the pauses around them.

        With a model, it chooses the lines near the moment first, perhaps by a wish.

        Raises:
            NotFound: The video has no such moment. Conflict: It has no transcript.
            BadFields: The prompt is too long. BadInput: There is a prompt, and no model.
            Unavailable, RateLimited: The model does not answer.
        """
        _check_prompt(prompt)
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            found = await self._found.get(actor, row["id"], moment_id)
            transcript = await self._transcripts.get(row["id"])
        if transcript is None or not transcript.lines:
            raise Conflict("Refining needs a transcript, and this video has none.")
        span = await self._understanding.refined(
            transcript, (found.start_ms, found.end_ms), prompt.strip()
        )
        span = whole_lines(transcript, *span, row["duration_ms"] or span[1])
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            found = await self._found.get(actor, row["id"], moment_id)
            await self._set_range(row, found, *span)
            return await self._found.get(actor, row["id"], moment_id)

    async def generate(self, caller: Caller, video_id: str, prompt: str = "") -> Video:
        """Look for moments again, perhaps with a wish; kept and changed ones stay.

        Raises:
            Conflict: Its transcript is not ready. BadFields: The prompt is too long.
        """
        _check_prompt(prompt)
        async with self._database.transaction():
            _, row = await self._open(caller, video_id)
            await Videos.update({Videos.prompt: prompt.strip()}).where(Videos.id == row["id"])
            return await self._videos.start(caller, row["id"], "moments")

    async def correct(self, caller: Caller, video_id: str, change: Correction) -> Transcript:
        """Correct words and speakers; captions, search and unchanged titles follow.

        Raises:
            BadFields: A line or speaker does not exist. Conflict: There is no transcript yet.
        """
        voices = await self._voices(caller, video_id) if change.speaker_count is not None else None
        async with self._database.transaction():
            actor, row = await self._open(caller, video_id)
            old = await self._transcripts.get(row["id"])
            if old is None:
                raise not_ready("The transcript is not ready yet.")
            new = corrected(old, change)
            if change.speaker_count is not None:
                count = change.speaker_count or None
                new = await self._understanding.with_speakers(new, voices, count)
                await Videos.update({Videos.speaker_count: count}).where(Videos.id == row["id"])
            await self._transcripts.write(video_row(row), old, new)
            await self._follow(actor, row, old, new)
            await self._pipeline.announce(row["id"], "video.updated")
        return new

    async def speaker_names(self, caller: Caller) -> list[str]:
        """Return the names that people gave to speakers of videos that they can see, newest first.

        They are for suggestions: nobody is named without being asked.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._transcripts.names(actor)

    async def _voices(self, caller: Caller, video_id: str) -> Voices:
        """Return a video's stored voices.

        Raises:
            Conflict: There are none.
        """
        async with self._database.transaction():
            _, row = await self._open(caller, video_id)
        voices = await self._understanding.load_voices(video_row(row).voices)
        if voices is None:
            raise Conflict("This video has no stored voices. Run the transcript stage again first.")
        return voices

    async def _open(self, caller: Caller, video_id: str) -> tuple[Actor, Record]:
        actor = await self._rights.load(caller, at_least=Role.MEMBER)
        return actor, await self._rows.find(actor, video_id, lock=True)

    async def _follow(self, actor: Actor, row: Record, old: Transcript, new: Transcript) -> None:
        """Tell a video's moments what is said now."""
        renamed = renamings(old, new)
        for found in await self._found.list(actor, row["id"]):
            span = (found.start_ms, found.end_ms)
            await self._transcripts.describe(
                found.moment.id, part_of(old, *span), part_of(new, *span)
            )
            if found.is_edited or found.moment.updated_at != found.moment.created_at:
                continue
            title = found.moment.title
            for line, before, after in renamed:
                if line.start_ms < found.end_ms and line.end_ms > found.start_ms:
                    title = title.replace(before, after)
            if title != found.moment.title:
                change = clean_change(MomentChange(title=title))
                await self._records.change(found.moment.id, change, is_by_job=True)

    async def _set_range(self, row: Record, found: FoundMoment, start_ms: int, end_ms: int) -> None:
        if (start_ms, end_ms) == (found.start_ms, found.end_ms):
            return
        await VideoMoments.update(
            {
                VideoMoments.start_ms: start_ms,
                VideoMoments.end_ms: end_ms,
                VideoMoments.is_edited: True,
                VideoMoments.clip_status: "waiting",
                VideoMoments.clip_error: None,
            }
        ).where(VideoMoments.moment_id == found.moment.id)
        seconds = MomentChange(start_s=start_ms // 1000, end_s=math.ceil(end_ms / 1000))
        await self._records.change(found.moment.id, seconds)
        transcript = await self._transcripts.get(row["id"])
        if transcript is not None:
            old = part_of(transcript, found.start_ms, found.end_ms)
            await self._transcripts.describe(
                found.moment.id, old, part_of(transcript, start_ms, end_ms)
            )
        await self._recut(row)

    async def _recut(self, row: Record) -> None:
        """Run the last stage again, unless it is still to come."""
        stages = (await self._rows.stages([row["id"]]))[row["id"]]
        last: Stage = STAGES[-1]
        if all(stage.status == "completed" for stage in stages[:-1]):
            await self._pipeline.start(await self._rows.lock(row["id"]), last)


def _check_prompt(prompt: str) -> None:
    if len(prompt) > _MAX_PROMPT:
        raise BadFields({"prompt": f"must have at most {_MAX_PROMPT} characters"})
