"""Runs one stage of one video as a job: its start, its end, and its interruptions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from domain.core.errors import MomentsError, Unavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.infra.loops import end
from domain.infra.work import Args
from domain.videos.models import Stage, VideoRow
from domain.videos.pipeline import MAX_ATTEMPTS, Pipeline
from domain.videos.rows import VideoRows

log = get_logger(__name__)

_LOOK_S: Final = 2.0
_REPORT_S: Final = 1.0
_LONGEST_S: Final = 120.0
_UNKNOWN: Final = "Something went wrong on our side. Try again; if it happens again, see the log."


class Superseded(Exception):  # noqa: N818 (it says what happened)
    """The video was cancelled, deleted or started anew: this run's results are not wanted."""


class Run:
    """A stage at work: its video, its progress, and the transaction that ends it."""

    def __init__(
        self, database: Database, pipeline: Pipeline, video: VideoRow, stage: Stage
    ) -> None:
        self.video = video
        self.stage: Final = stage
        self.is_over = False  # somebody cancelled, deleted or restarted it
        self._database = database
        self._pipeline = pipeline
        self._reporting: asyncio.Task[None] | None = None
        self._report_at = 0.0

    def report(self, fraction: float) -> None:
        """Record the progress soon, at most once a second; for callbacks."""
        now = asyncio.get_running_loop().time()
        if now >= self._report_at and (self._reporting is None or self._reporting.done()):
            self._report_at = now + _REPORT_S
            self._reporting = asyncio.create_task(self.progress(fraction), name="progress")
            self._reporting.add_done_callback(_ignore)

    async def progress(self, fraction: float) -> None:
        """Record the progress, 0 to 1.

        Raises:
            Superseded: The run is over.
        """
        video = self.video
        async with self._database.transaction():
            if not await self._pipeline.progress(video.id, self.stage, video.run, fraction):
                raise Superseded

    async def finish(
        self, store: Callable[[], Awaitable[None]] | None = None, *, note: str | None = None
    ) -> None:
        """Store the results and complete the stage, in one transaction.

        Raises:
            Superseded: The run is over; nothing is stored.
        """
        async with self._database.transaction():
            if not await self._pipeline.holds(self.video.id, self.video.run):
                raise Superseded
            if store is not None:
                await store()
            await self._pipeline.complete(self.video.id, self.stage, note)


def _ignore(task: asyncio.Task[None]) -> None:
    """Mark a failure as retrieved: progress is worth no more."""
    if not task.cancelled():
        task.exception()


StageWork = Callable[[Run], Awaitable[None]]


class StageRunner:
    """The worker's job for every stage."""

    def __init__(
        self,
        database: Database,
        rows: VideoRows,
        pipeline: Pipeline,
        stages: Mapping[Stage, StageWork],
    ) -> None:
        self._database = database
        self._rows = rows
        self._pipeline = pipeline
        self._stages = stages

    async def run(self, args: Args) -> None:
        """Run a stage, unless its run is over; its errors are recorded with it."""
        video_id, stage, run = args["video_id"], args["stage"], args["run"]
        async with self._database.transaction():
            is_wanted = await self._pipeline.begin(video_id, stage, run)
            video = await self._rows.by_id(video_id) if is_wanted else None
        if video is None:
            return
        try:
            await self._watched(Run(self._database, self._pipeline, video, stage))
        except Superseded:
            log.info("stage_superseded", video=video_id, stage=stage)
        except Unavailable as error:
            await self._postpone(video, stage, error)
        except MomentsError as error:
            await self._fail(video, stage, error.message)
        except Exception as error:
            log.exception("stage_failed", video=video_id, stage=stage, reason=str(error))
            await self._fail(video, stage, _UNKNOWN)

    async def _watched(self, run: Run) -> None:
        """Do a stage's work, and stop it soon after its run is over."""
        work = asyncio.ensure_future(self._stages[run.stage](run))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=_LOOK_S)
                if not work.done() and not await self._is_wanted(run.video):
                    raise Superseded
        finally:
            if not work.done():
                run.is_over = True
                await end([work], limit_s=5)
        work.result()

    async def _is_wanted(self, video: VideoRow) -> bool:
        found = await self._database.fetchval(
            "SELECT 1 FROM videos v JOIN moments m ON m.id = v.moment_id"
            " WHERE v.id = $1 AND v.run = $2 AND m.deleted_at IS NULL",
            video.id,
            video.run,
        )
        return found is not None

    async def _postpone(self, video: VideoRow, stage: Stage, error: Unavailable) -> None:
        async with self._database.transaction():
            attempts = await self._database.fetchval(
                "SELECT attempts FROM video_stages WHERE video_id = $1 AND name = $2",
                video.id,
                stage,
            )
            if attempts is None:
                return
            if attempts >= MAX_ATTEMPTS:
                await self._pipeline.fail(video.id, stage, video.run, error.message)
                return
            delay_s = max(float(error.retry_after_s), min(2.0**attempts, _LONGEST_S))
            await self._pipeline.postpone(video.id, stage, video.run, delay_s)
        log.info("stage_postponed", video=video.id, stage=stage, reason=error.message)

    async def _fail(self, video: VideoRow, stage: Stage, message: str) -> None:
        async with self._database.transaction():
            await self._pipeline.fail(video.id, stage, video.run, message)
        log.info("stage_failed", video=video.id, stage=stage, reason=message)
