"""The pipeline's state: which stage of which video runs, and what comes next.

The rows of `video_stages` are the truth; a job of the queue only carries one of them out. Stages
start fairly: the organisation with the fewest running ones first, then the one that has waited
longest. Fetching has its own limit, so that a slow server does not hold up the processors.
"""

import os
from datetime import timedelta
from typing import Any, Final

from piccolo.columns import Column

from domain.core.time import Clock
from domain.infra.base import Base
from domain.infra.database import Database, Record
from domain.moments.events import MomentEvents
from domain.videos.models import STAGES, Stage, VideoStatus
from domain.videos.tables import Videos, VideoStages
from domain.videos.video_notices import VideoNotices

STAGE_JOB: Final = "videos.stage"
DISPATCH_JOB: Final = "videos.dispatch"
MAX_ATTEMPTS: Final = 12
_FETCHES: Final = 2
_INTERRUPTED: Final = (
    "This stage was interrupted too often, perhaps because the file needs too much memory."
    " Try again, or use a smaller file."
)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('video_stages'))"
_PICK: Final = """
SELECT s.video_id, s.name, s.position, s.organization_id, v.run
FROM video_stages s JOIN videos v ON v.id = s.video_id
WHERE s.status = 'queued' AND NOT s.is_active AND (s.due_at IS NULL OR s.due_at <= $1)
    AND (s.position = 0) = $2
ORDER BY
    (SELECT count(*) FROM video_stages a
        WHERE a.organization_id = s.organization_id AND a.is_active),
    (SELECT max(a.sent_at) FROM video_stages a
        WHERE a.organization_id = s.organization_id) NULLS FIRST,
    v.created_at, v.id
LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""
_RUNNING: Final = """
SELECT count(*) FROM video_stages WHERE is_active AND (position = 0) = $1
"""
_BEGIN: Final = """
UPDATE video_stages SET status = 'running', attempts = attempts + 1, error = NULL,
    started_at = coalesce(started_at, $3), ended_at = NULL, is_active = true
WHERE video_id = $1 AND name = $2 AND status IN ('queued', 'running') RETURNING attempts, position
"""
# A stage whose job is gone: its row outlived a parked or discarded job. Each state of jobs has its
# own index.
_LOST: Final = """
UPDATE video_stages s SET status = 'queued', is_active = false WHERE s.is_active
    AND NOT EXISTS (SELECT 1 FROM job j WHERE j.name = 'videos.stage' AND j.key = s.video_id
        AND j.state = 'queued')
    AND NOT EXISTS (SELECT 1 FROM job j WHERE j.name = 'videos.stage' AND j.key = s.video_id
        AND j.state = 'running')
"""


class Pipeline:
    """Moves videos through their stages; every method runs in the open transaction."""

    def __init__(self, base: Base, events: MomentEvents, notices: VideoNotices) -> None:
        self._database: Database = base.database
        self._clock: Clock = base.clock
        self._queue = base.queue
        self._events = events
        self.notices = notices
        self._limit = base.settings.video_jobs or max(1, (os.cpu_count() or 2) // 2)

    async def prepare(self, video_id: str, organization_id: str) -> None:
        """Insert the stages of a new video."""
        await VideoStages.insert(
            *(
                VideoStages(
                    video_id=video_id,
                    position=position,
                    organization_id=organization_id,
                    name=name,
                    status="pending",
                    progress=0.0,
                    attempts=0,
                    is_active=False,
                )
                for position, name in enumerate(STAGES)
            )
        )

    async def start(self, video: Videos, first: Stage) -> None:
        """Run a video's stages from one on; whatever runs now is superseded."""
        await self._reset(video, STAGES.index(first))
        await VideoStages.update({VideoStages.status: "queued"}).where(
            VideoStages.video_id == video.id, VideoStages.position == STAGES.index(first)
        )
        await self._set_status(video.id, "queued", video.run + 1)
        await self._announce(video.id, "video.updated")
        await self.dispatch()

    async def cancel(self, video: Videos) -> None:
        """Stop a video's pipeline; finished stages keep their results."""
        await VideoStages.update(
            {
                VideoStages.status: "cancelled",
                VideoStages.is_active: False,
                VideoStages.ended_at: self._clock.now(),
            }
        ).where(
            VideoStages.video_id == video.id,
            VideoStages.status.is_in(["pending", "queued", "running"]),
        )
        await self._set_status(video.id, "cancelled", video.run + 1)
        await self._announce(video.id, "video.updated")
        await self.dispatch()

    async def begin(self, video_id: str, stage: Stage, run: int) -> bool:
        """Mark a stage as running; False if its run is over.

        A stage whose worker died begins again, but not for ever.
        """
        if await self._current(video_id, run) is None:
            return False
        rows = await self._database.fetch(_BEGIN, video_id, stage, self._clock.now())
        if not rows:
            return False
        if rows[0]["attempts"] > MAX_ATTEMPTS:
            await self.fail(video_id, stage, run, _INTERRUPTED)
            return False
        await self._set_status(video_id, "running")
        await self._progress_event(video_id, stage, "running", 0)
        return True

    async def progress(self, video_id: str, stage: Stage, run: int, fraction: float) -> bool:
        """Record a running stage's progress; False if its run is over."""
        found = await self._database.fetchval(
            "UPDATE video_stages s SET progress = $3 FROM videos v WHERE v.id = s.video_id"
            " AND s.video_id = $1 AND s.name = $2 AND v.run = $4 AND s.status = 'running'"
            " RETURNING s.name",
            video_id,
            stage,
            min(max(fraction, 0.0), 1.0),
            run,
        )
        if found is not None:
            await self._progress_event(video_id, stage, "running", fraction)
        return found is not None

    async def holds(self, video_id: str, run: int) -> bool:
        """Return whether a run is still wanted, with the video's row locked."""
        return await self._current(video_id, run) is not None

    async def complete(self, video_id: str, stage: Stage, note: str | None = None) -> None:
        """Finish a stage, in the transaction of its results, and queue the next one."""
        position, now = STAGES.index(stage), self._clock.now()
        await self._end(video_id, position, "completed", note=note)
        if position + 1 < len(STAGES):
            await VideoStages.update({VideoStages.status: "queued", VideoStages.due_at: now}).where(
                VideoStages.video_id == video_id, VideoStages.position == position + 1
            )
            await self._announce(video_id, "video.updated")
        else:
            await self._set_status(video_id, "completed")
            await self.notices.tell(video_id)
            await self._announce(video_id, "video.updated", status="completed")
        await self.dispatch()

    async def fail(self, video_id: str, stage: Stage, run: int, error: str) -> None:
        """Record that a stage failed, unless its run is over."""
        if await self._current(video_id, run) is None:
            return
        await self._end(video_id, STAGES.index(stage), "failed", error=error)
        await self._set_status(video_id, "failed")
        await self.notices.tell(video_id, error)
        await self._announce(video_id, "video.updated", status="failed")
        await self.dispatch()

    async def postpone(self, video_id: str, stage: Stage, run: int, delay_s: float) -> None:
        """Queue a stage again for later: something that it needs is down."""
        if await self._current(video_id, run) is None:
            return
        due_at = self._clock.now() + timedelta(seconds=delay_s)
        await VideoStages.update(
            {
                VideoStages.status: "queued",
                VideoStages.is_active: False,
                VideoStages.due_at: due_at,
            }
        ).where(VideoStages.video_id == video_id, VideoStages.name == stage)
        await self._queue.enqueue(DISPATCH_JOB, {}, key=DISPATCH_JOB, delay_s=delay_s)
        await self.dispatch()

    async def dispatch(self) -> None:
        """Enqueue jobs for queued stages while there is room."""
        await self._database.execute(_LOCK)
        for is_fetch, limit in ((True, _FETCHES), (False, self._limit)):
            running = await self._database.fetchval(_RUNNING, is_fetch)
            for _ in range(limit - running):
                row = await self._database.fetchrow(_PICK, self._clock.now(), is_fetch)
                if row is None:
                    break
                await self._send(row)

    async def resume(self) -> None:
        """Queue the stages again whose job is gone, and start what is due."""
        async with self._database.transaction():
            await self._database.execute(_LOST)
            await self.dispatch()

    async def announce(self, video_id: str, kind: str) -> None:
        """Publish an event about a video."""
        await self._announce(video_id, kind)

    async def _send(self, row: Record) -> None:
        await VideoStages.update(
            {VideoStages.is_active: True, VideoStages.sent_at: self._clock.now()}
        ).where(VideoStages.video_id == row["video_id"], VideoStages.position == row["position"])
        await self._queue.enqueue(
            STAGE_JOB,
            {"video_id": row["video_id"], "stage": row["name"], "run": row["run"]},
            key=row["video_id"],
            max_attempts=MAX_ATTEMPTS + 2,
            organization_id=row["organization_id"],
        )

    async def _reset(self, video: Videos, position: int) -> None:
        await VideoStages.update(
            {
                VideoStages.status: "pending",
                VideoStages.progress: 0.0,
                VideoStages.attempts: 0,
                VideoStages.is_active: False,
                VideoStages.error: None,
                VideoStages.note: None,
                VideoStages.due_at: None,
                VideoStages.started_at: None,
                VideoStages.ended_at: None,
            }
        ).where(VideoStages.video_id == video.id, VideoStages.position >= position)

    async def _end(
        self,
        video_id: str,
        position: int,
        status: str,
        *,
        error: str | None = None,
        note: str | None = None,
    ) -> None:
        values: dict[Column | str, Any] = {
            VideoStages.status: status,
            VideoStages.is_active: False,
            VideoStages.error: error,
            VideoStages.note: note,
            VideoStages.ended_at: self._clock.now(),
        }
        if status == "completed":
            values[VideoStages.progress] = 1.0
        await VideoStages.update(values).where(
            VideoStages.video_id == video_id, VideoStages.position == position
        )

    async def _current(self, video_id: str, run: int) -> Videos | None:
        return (
            await Videos.objects()
            .where(Videos.id == video_id, Videos.run == run)
            .lock_rows()
            .first()
        )

    async def _set_status(self, video_id: str, status: VideoStatus, run: int | None = None) -> None:
        values: dict[Column | str, Any] = {
            Videos.status: status,
            Videos.updated_at: self._clock.now(),
        }
        if run is not None:
            values[Videos.run] = run
        await Videos.update(values).where(Videos.id == video_id)

    async def _progress_event(
        self, video_id: str, stage: Stage, status: str, fraction: float
    ) -> None:
        facts = {"stage": stage, "status": status, "progress": f"{fraction:.3f}"}
        await self._announce(video_id, "video.progress", **facts)

    async def _announce(self, video_id: str, kind: str, **more: str) -> None:
        row = (
            await Videos.select(Videos.organization_id, Videos.moment_id)
            .where(Videos.id == video_id)
            .first()
        )
        if row is not None:
            await self._events.publish(
                row["organization_id"], kind, video_id, row["moment_id"], **more
            )
