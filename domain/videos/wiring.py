"""The services and jobs of videos."""

from dataclasses import dataclass
from functools import cache

from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.threads import in_thread
from domain.infra.work import Work, repeating
from domain.infra.ytdlp.client import YtDlp
from domain.live.wiring import Live
from domain.moments.models import UNDERSTAND_JOB
from domain.moments.wiring import MomentRoom
from domain.videos.editing import VideoEditing
from domain.videos.exports import VERTICAL_JOB, VerticalExports
from domain.videos.files import VideoFiles
from domain.videos.found import FoundMoments, Purge
from domain.videos.frames import FRAME_JOB, FrameService
from domain.videos.loudness import LOUDNESS_JOB, Loudness
from domain.videos.pipeline import DISPATCH_JOB, STAGE_JOB, Pipeline
from domain.videos.rows import VideoRows
from domain.videos.runner import StageRunner
from domain.videos.scratch import Scratch
from domain.videos.service import VideoService, VideoStores
from domain.videos.stages.audio import Audio
from domain.videos.stages.clips import Clips
from domain.videos.stages.ingest import Ingest
from domain.videos.stages.moments import MomentsStage
from domain.videos.stages.transcript import TranscriptStage
from domain.videos.transcripts import TranscriptStore
from domain.videos.understanding import Understanding
from domain.videos.video_notices import VideoNotices


@dataclass(frozen=True, slots=True)
class VideoRoom:
    """The services of this package."""

    videos: VideoService
    editing: VideoEditing
    exports: VerticalExports
    frames: FrameService
    loudness: Loudness
    pipeline: Pipeline
    work: Work


def wire(
    base: Base,
    rights: Rights,
    live: Live,
    moments: MomentRoom,
    understanding: Understanding,
    purge: Purge,
) -> VideoRoom:
    """Return the services; nothing is started or queried here."""
    database, records = base.database, moments.records
    rows = VideoRows(database, records)
    pipeline = Pipeline(base, moments.events, VideoNotices(database, moments.notifier))
    transcripts = TranscriptStore(database, base.clock, records)
    found = FoundMoments(database, base.storage, records, moments.events, purge)
    files = VideoFiles(base.storage, moments.assets)
    scratch = Scratch(base.settings.home)
    fetcher = cache(lambda: SafeFetcher(Policy.PUBLIC_ONLY, read_timeout_s=30))
    pages = YtDlp(base.settings.ytdlp_sites)
    runner = StageRunner(
        database,
        rows,
        pipeline,
        {
            "ingest": Ingest(base.settings, files, records, scratch, fetcher, pages).run,
            "audio": Audio(files, scratch).run,
            "transcript": TranscriptStage(database, files, scratch, transcripts, understanding).run,
            "moments": MomentsStage(files, scratch, transcripts, found, understanding).run,
            "clips": Clips(database, files, records, scratch, live.nodes, live.client).run,
        },
    )
    stores = VideoStores(rows, transcripts, found)
    service = VideoService(base, rights, moments, pipeline, stores, purge)
    editing = VideoEditing(base, rights, moments.records, stores, service, understanding)
    exports = VerticalExports(base, rights, stores, pipeline, files, scratch)
    frames = FrameService(base, rights, moments, files, scratch)
    loudness = Loudness(base, rights, rows, pipeline, files, scratch)

    async def resume() -> None:
        await in_thread(scratch.sweep)
        await pipeline.resume()

    handlers = {
        STAGE_JOB: runner.run,
        DISPATCH_JOB: lambda _args: pipeline.resume(),
        UNDERSTAND_JOB: service.understand,
        FRAME_JOB: frames.take,
        LOUDNESS_JOB: loudness.measure,
        VERTICAL_JOB: lambda args: exports.render(args["moment_id"]),
    }
    return VideoRoom(
        service,
        editing,
        exports,
        frames,
        loudness,
        pipeline,
        Work(handlers) + repeating(30, "videos.resume", resume),
    )
