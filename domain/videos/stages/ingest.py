"""Ingest: the file is in the store, known to be readable, with its length and a picture."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from domain.core.errors import BadInput, Conflict, MomentsError, TooLarge, Unavailable
from domain.core.settings import Settings
from domain.infra.http.safe_http import SafeFetcher
from domain.infra.storage import safe_file_name
from domain.infra.threads import in_thread
from domain.infra.ytdlp import client as ytdlp
from domain.infra.ytdlp.client import YtDlp
from domain.moments.assets import Shape, StoredFile
from domain.moments.models import MomentChange
from domain.moments.records import MomentRecords
from domain.moments.rules import MAX_TITLE, clean_change
from domain.videos import media_process
from domain.videos.download import Download, download
from domain.videos.files import VideoFiles
from domain.videos.hls import Budget
from domain.videos.media.facts import Probe
from domain.videos.models import default_title
from domain.videos.runner import Run, Superseded
from domain.videos.scratch import Scratch
from domain.videos.tables import Videos

_MP4: Final = "video/mp4"
_NOT_THERE: Final = "The file has not arrived yet. Upload it, then start the pipeline."


class Ingest:
    """Fetches a URL, or takes the uploaded file, and examines it."""

    def __init__(
        self,
        settings: Settings,
        files: VideoFiles,
        records: MomentRecords,
        scratch: Scratch,
        fetcher: Callable[[], SafeFetcher],
        pages: YtDlp,
    ) -> None:
        self._settings = settings
        self._files = files
        self._records = records
        self._scratch = scratch
        self._fetcher = fetcher
        self._ytdlp = pages

    async def run(self, run: Run) -> None:
        """Do the stage."""
        with self._scratch.folder() as folder:
            if run.video.media is None and run.video.url is not None:
                await self._fetch(run, run.video.url, folder)
            else:
                await self._examine(run, folder)

    async def _examine(self, run: Run, folder: Path) -> None:
        if run.video.media is None:
            raise Conflict(_NOT_THERE)
        path = await self._files.load(run.video.media, folder / "source")
        probe = await self._probe(path, folder)
        poster = await self._store_poster(run, folder)

        async def store() -> None:
            await self._record(run, probe, poster)

        await run.finish(store)

    async def _fetch(self, run: Run, url: str, folder: Path) -> None:
        fetched = await self._fetched(run, url, folder)
        path = fetched.paths[0]
        if fetched.mime_type == _MP4 and (len(fetched.paths) > 1 or not _is_mp4(path)):
            others = [str(each) for each in fetched.paths[1:]]
            path = folder / "joined.mp4"
            await media_process.run("join", fetched.paths[0], others=others, target=str(path))
        probe = await self._probe(path, folder)
        video = run.video
        file = await self._files.store(
            video.organization_id,
            video.moment_id,
            "media",
            fetched.file_name,
            fetched.mime_type,
            path,
        )
        poster = await self._store_poster(run, folder)

        async def store() -> None:
            preview_id = await self._record(run, probe, poster)
            shape = Shape(probe.width, probe.height, probe.duration_ms)
            asset_id = await self._files.assets.insert(
                file, shape, video.created_by, preview=preview_id
            )
            await Videos.update({Videos.asset_id: asset_id}).where(Videos.id == video.id)
            if fetched.title and video.title == default_title(url):
                change = clean_change(MomentChange(title=fetched.title[:MAX_TITLE]))
                await self._records.change(video.moment_id, change, is_by_job=True)

        await run.finish(store)

    async def _fetched(self, run: Run, url: str, folder: Path) -> Download:
        """Fetch a file, an HLS video, or what a page shows if the operator allows its site."""
        try:
            return await self._download(run, url, folder)
        except BadInput as error:
            if error.code != "web_page" or not self._ytdlp.is_on:
                raise
        path = folder / "fetched"
        path.unlink(missing_ok=True)
        limits = ytdlp.Budget(self._settings.video_bytes, self._settings.video_fetch_s)
        try:
            facts = await self._ytdlp.fetch(url, path, limits)
        except Unavailable as error:
            raise BadInput(error.message) from error
        return Download(
            [path], f"{safe_file_name(facts.title, fallback='video')}.mp4", _MP4, facts.title
        )

    async def _download(self, run: Run, url: str, folder: Path) -> Download:
        loop = asyncio.get_running_loop()

        def report(fraction: float) -> None:
            """Record progress; a run that is over ends the download."""
            if run.is_over:
                raise Superseded
            loop.call_soon_threadsafe(run.report, fraction)

        ends_at = time.monotonic() + self._settings.video_fetch_s
        budget = Budget(self._fetcher(), self._settings.video_bytes, ends_at, report)
        try:
            return await in_thread(download, url, folder, budget)
        except Unavailable as error:  # a stranger's server is not ours to wait for
            raise BadInput(error.message) from error

    async def _probe(self, path: Path, folder: Path) -> Probe:
        probe = Probe(**await media_process.run("probe", path, poster=str(folder / "poster.jpg")))
        most = self._settings.video_hours
        if probe.duration_ms > most * 3_600_000:
            hours = probe.duration_ms / 3_600_000
            raise TooLarge(
                f"The video is {hours:.1f} hours long; the limit is {most} hours. Cut it first."
            )
        return probe

    async def _store_poster(self, run: Run, folder: Path) -> StoredFile | None:
        path, video = folder / "poster.jpg", run.video
        if video.has_cover or not path.exists():
            return None
        try:
            return await self._files.store(
                video.organization_id, video.moment_id, "preview", "preview.jpg", "image/jpeg", path
            )
        except MomentsError:
            return None

    async def _record(self, run: Run, probe: Probe, poster: StoredFile | None) -> str | None:
        """Store the facts in the open transaction; return the preview's id."""
        video = run.video
        await Videos.update(
            {
                Videos.duration_ms: probe.duration_ms,
                Videos.width: probe.width,
                Videos.height: probe.height,
                Videos.has_audio: probe.has_audio,
            }
        ).where(Videos.id == video.id)
        if poster is None:
            return None
        preview_id = await self._files.assets.insert(poster, Shape(), None)
        await self._records.set_cover(video.moment_id, preview_id)
        return preview_id


def _is_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] == b"ftyp"
