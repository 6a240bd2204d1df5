"""The services and jobs of snapshots and clips."""

from dataclasses import dataclass

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.captures.clips import ClipService
from domain.captures.gallery import GalleryService
from domain.captures.pipeline import CaptureFiles, Drafts
from domain.captures.public import PublicCaptures
from domain.captures.recordings import FINISH_JOB, RecordingJobs
from domain.captures.retention import CaptureRetention
from domain.captures.rows import CaptureRows
from domain.captures.snapshots import SnapshotService
from domain.captures.store import PREVIEW_JOB, CaptureStore
from domain.captures.trims import TRIM_JOB, TrimJobs
from domain.captures.views import CaptureViews
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.live.wiring import Live
from domain.moments.models import MediaFile
from domain.moments.processing import Measure, Measured
from domain.moments.wiring import MomentRoom


@dataclass(frozen=True, slots=True)
class Captures:
    """The services of this package."""

    snapshots: SnapshotService
    clips: ClipService
    gallery: GalleryService
    recording_jobs: RecordingJobs
    trim_jobs: TrimJobs
    retention: CaptureRetention
    public: PublicCaptures
    measure_video: Measure
    work: Work


def wire(
    base: Base, rights: Rights, notifier: Notifier, live: Live, moments: MomentRoom
) -> Captures:
    """Return the services; nothing is started or queried here."""
    rows = CaptureRows(base.database, base.clock, moments.records)
    views = CaptureViews(base.storage, base.clock)
    store = CaptureStore(base, rights, rows, views, moments.events, notifier)
    drafts = Drafts(base.database, rights, live.rows, live.nodes, moments.records)
    files = CaptureFiles(base.storage, moments.assets, live.client)
    recordings = RecordingJobs(store, drafts, files, live.nodes, moments.orphans)
    trims = TrimJobs(store, drafts, files)
    retention = CaptureRetention(
        store,
        live.nodes,
        moments.assets,
        moments.orphans,
        retention_days=base.settings.retention_days,
    )

    async def measure_video(file: MediaFile) -> Measured:
        return await files.measure(file, await drafts.nodes.any_alive())

    handlers = {
        FINISH_JOB: lambda args: recordings.finish(args["clip_id"]),
        PREVIEW_JOB: lambda args: recordings.make_preview(args["clip_id"]),
        TRIM_JOB: lambda args: trims.trim(args["clip_id"]),
    }
    return Captures(
        snapshots=SnapshotService(store, drafts, files),
        clips=ClipService(store, drafts, files, moments.orphans),
        gallery=GalleryService(store, base.storage),
        recording_jobs=recordings,
        trim_jobs=trims,
        retention=retention,
        public=PublicCaptures(rows),
        measure_video=measure_video,
        work=Work(handlers)
        + repeating(60, "live.resume_clips", retention.resume)
        + repeating(300, "live.sweep_recordings", recordings.sweep)
        + repeating(3600, "captures.purge", retention.purge),
    )
