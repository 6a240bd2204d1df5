"""Where captures are stored, how much that is, and the jobs that failed."""

from contextlib import suppress
from dataclasses import dataclass
from shutil import disk_usage
from typing import Final
from urllib.parse import urlsplit

from domain.captures.models import GalleryCounts, GalleryFilter
from domain.core.errors import Forbidden, MomentsError, NotFound
from domain.infra.queue import ParkedJob, QueueState
from domain.infra.storage.objects import Backlog
from domain.moments.models import Usage
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.kit.elements import El, Icon, plural
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.pages.theme import size_text

REFRESH_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _State:
    counts: GalleryCounts
    trouble: str | None  # why the store does not answer
    waiting: Backlog | None
    queue: QueueState


class StoragePage(SettingsPage):
    """The store, its backlog, the queue, and parked jobs."""

    section = "storage"

    def draw(self) -> None:
        """Draw the places of the figures."""
        self._shown: _State | None = None
        self._usage: Usage | None = None
        with section("Storage", "Where snapshots, clips and files are kept."):
            self._stats = El("div", "m-stat")
            self._trouble = El("div", role="status")
            days = plural(self.services.settings.retention_days, "day")
            El("p", "m-2 m-sm m-after", f"Deleted moments stay in the bin for {days}.")
        with section("Jobs", "Background work: recordings, trims, clean-up."):
            self._jobs = El("div", "m-stat")
        if self.is_admin:
            lead = "Jobs that failed ten times. Trying again resets their attempts."
            with section("Parked jobs", lead):
                self._parked = RowList(self._do, none="No parked jobs.")
        self.client.on_connect(self._measure)  # a sum over all files must not delay the page
        self.poll(REFRESH_S, self.refresh)

    @in_order
    async def refresh(self) -> None:
        """Show the state, if it has changed."""
        state = await self._look()
        if state != self._shown:
            self._shown = state
            self._draw_state(state)
        if self.is_admin:
            self._parked.show([await self._job_row(each) for each in await self._list_parked()])

    async def _measure(self) -> None:
        if self._usage is None and await self.act(self._read_usage) and self._shown:
            self._draw_state(self._shown)

    async def _read_usage(self) -> None:
        self._usage = await self.services.moment_assets.usage(self.caller)

    async def _look(self) -> _State:
        services = self.services
        counts = await services.gallery.counts(self.caller, GalleryFilter())
        trouble: str | None = None
        try:
            await services.storage.ping()
        except MomentsError as error:
            trouble = error.message
        waiting = await services.storage.backlog()
        return _State(counts, trouble, waiting, await services.queue.state())

    def _draw_state(self, state: _State) -> None:
        self._stats.clear()
        with self._stats:
            used = size_text(self._usage.size_bytes) if self._usage else "…"
            files = plural(self._usage.files, "file") if self._usage else "files"
            _stat(used, f"used by {files} and their previews")
            _stat(*self._place())
            self._draw_counts(state)
            if state.waiting is not None:
                _stat(*_backlog_words(state.waiting))
        self._trouble.clear()
        if state.trouble:
            with self._trouble, El("p", "m-msg m-after"):
                Icon("warn", "s")
                El(
                    "span",
                    text=f"The store does not answer: {state.trouble} New captures are safe.",
                )
        self._jobs.clear()
        with self._jobs:
            _stat(str(state.queue.running), "running")
            _stat(str(state.queue.queued), "queued")
            _stat(str(state.queue.parked), "parked after the last attempt")

    @staticmethod
    def _draw_counts(state: _State) -> None:
        found = (state.counts.clips, state.counts.snapshots)
        clips, snapshots = (count.value for count in found)
        rough = "about " if any(count.is_estimate for count in found) else ""
        words = f"{rough}{plural(clips, 'clip')} and {plural(snapshots, 'snapshot')}"
        _stat(f"{clips + snapshots}", words)

    def _place(self) -> tuple[str, str]:
        settings = self.services.settings
        if settings.s3_endpoint_url is None and settings.s3_access_key is None:
            free = size_text(disk_usage(settings.home).free)
            return "A folder", f"in the home of this Moments, {free} free"
        host = urlsplit(settings.s3_endpoint_url or "").netloc or "Amazon S3"
        bucket = settings.s3_bucket_name or "a bucket for each organisation"
        return "Object store", f"{host}, {bucket}"

    # Parked jobs

    async def _list_parked(self) -> list[ParkedJob]:
        with suppress(Forbidden):  # no longer an admin
            return list(await self.services.parked_jobs.list(self.caller))
        return []

    async def _job_row(self, job: ParkedJob) -> RowItem:
        title = job.name
        clip_id = job.args.get("clip_id")
        if isinstance(clip_id, str):
            with suppress(NotFound):
                title = (await self.services.clips.get(self.caller, clip_id)).title or title
        return RowItem(
            id=job.id,
            title=title,
            meta=(job.error, f"{job.attempts} attempts"),
            glyph="warn",
            buttons=(Press("retry", "Try again"), Press("discard", "Forget", is_danger=True)),
        )

    async def _do(self, job_id: str, what: str, _value: str) -> None:
        jobs = self.services.parked_jobs
        action = {"retry": jobs.retry, "discard": jobs.discard}.get(what)
        if action is not None:
            await self.act(lambda: action(self.caller, job_id), once=job_id)
            await self.act(self.refresh)


def _backlog_words(waiting: Backlog) -> tuple[str, str]:
    if waiting.objects:
        return str(waiting.objects), f"files are waiting for the store, {size_text(waiting.size)}"
    return "0", "files waiting: everything is in the store"


def _stat(figure: str, words: str) -> None:
    with El("div", "m-glass"):
        El("b", text=figure)
        El("span", "m-sm m-2", words)
