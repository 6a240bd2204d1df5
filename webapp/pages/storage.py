"""The storage section: where captures are stored, the backlog, and parked jobs.

The server renders it and refreshes it over NiceGUI's socket: each refresh reloads the caller's
rights.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from shutil import disk_usage
from urllib.parse import urlsplit

from nicegui import ui

from domain.accounts.models import Role
from domain.bootstrap import Services
from domain.captures.models import GalleryCounts, GalleryFilter
from domain.core.errors import MomentsError, NotFound, Unauthenticated
from domain.infra.queue import ParkedJob, QueueState
from domain.infra.storage.objects import Backlog
from webapp.pages.context import Visit
from webapp.pages.theme import icon

REFRESH_S = 5.0
_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class _State:
    counts: GalleryCounts
    place: tuple[str, str]
    trouble: str | None  # why the store does not answer
    waiting: Backlog | None
    queue: QueueState
    parked: list[tuple[ParkedJob, str]]


def size_text(count: int) -> str:
    """Return a human-readable size, such as `1.2 MB`."""
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}" if value < 10 and unit != "B" else f"{value:.0f} {unit}"
        value /= 1000
    return ""


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


class StorageSection:
    """A snapshot of the storage's state."""

    def __init__(self, services: Services, visit: Visit) -> None:
        self._services = services
        self._visit = visit
        self._is_admin = visit.role >= Role.ADMIN
        self._seen: _State | str | None = None

    async def show(self) -> None:
        """Render it into the page, and again after every change."""
        with ui.teleport("#m-settings"):
            self._frame = ui.element("div").classes("m-scontent")
        await self._refresh()
        ui.timer(REFRESH_S, self._refresh, immediate=False)

    async def _refresh(self) -> None:
        try:
            state: _State | str = await self._look()
        except Unauthenticated:
            ui.navigate.to("/sign-in?next=/settings/storage")
            return
        except MomentsError as error:
            state = error.message
        if state == self._seen:
            return
        self._seen = state
        self._frame.clear()
        with self._frame:
            if isinstance(state, str):
                _text("p", state, "m-2")
            else:
                self._draw(state)

    async def _look(self) -> _State:
        services, caller = self._services, self._visit.caller
        counts = await services.gallery.counts(caller, GalleryFilter())
        trouble: str | None = None
        try:
            await services.storage.ping()
        except MomentsError as error:
            trouble = error.message
        waiting = await services.storage.backlog()
        queue = await services.queue.state()
        parked = await self._parked() if self._is_admin else []
        return _State(counts, self._place(), trouble, waiting, queue, parked)

    async def _parked(self) -> list[tuple[ParkedJob, str]]:
        """Return the organisation's parked jobs."""
        found: list[tuple[ParkedJob, str]] = []
        for job in await self._services.queue.parked():
            clip_id = job.args.get("clip_id")
            if not isinstance(clip_id, str):
                continue
            with suppress(NotFound):  # another organisation's
                clip = await self._services.clips.get(self._visit.caller, clip_id)
                found.append((job, clip.title))
        return found

    def _draw(self, state: _State) -> None:
        with _section("Storage", "Where snapshots and clips are kept."):
            with ui.element("div").classes("m-stat"):
                _stat(*state.place)
                counts = (state.counts.clips, state.counts.snapshots)
                clips, snapshots = (count.value for count in counts)
                rough = "about " if any(count.is_estimate for count in counts) else ""
                words = f"{rough}{_plural(clips, 'clip')} and {_plural(snapshots, 'snapshot')}"
                _stat(f"{clips + snapshots}", words)
                if state.waiting is not None:
                    objects, size = state.waiting.objects, state.waiting.size
                    about = (
                        f"files are waiting for the store, {size_text(size)}"
                        if objects
                        else ("files waiting: everything is in the store")
                    )
                    _stat(str(objects), about)
            if state.trouble:
                _note(f"The store does not answer: {state.trouble}. New captures are safe.")
        with (
            _section("Jobs", "Background work: recordings, trims, clean-up."),
            ui.element("div").classes("m-stat"),
        ):
            _stat(str(state.queue.running), "running")
            _stat(str(state.queue.queued), "queued")
            _stat(str(state.queue.parked), "parked after the last attempt")
        if state.parked:
            with (
                _section("Parked", "Each shows its error. Trying again resets its attempts."),
                ui.element("ul").classes("m-glass m-list"),
            ):
                for job, title in state.parked:
                    self._draw_job(job, title)

    def _draw_job(self, job: ParkedJob, title: str) -> None:
        with ui.element("li").classes("m-li"):
            with ui.element("div").classes("m-grow"):
                _text("div", title or job.name, "m-b m-cut")
                _text("div", f"{job.error} · {job.attempts} attempts", "m-sm m-3")
            queue = self._services.queue
            _button("Try again", lambda: self._do(queue.retry, job.id))
            _button("Forget", lambda: self._do(queue.discard, job.id), "m-quiet m-danger")

    async def _do(self, action: Callable[[str], Awaitable[None]], job_id: str) -> None:
        """Act on a parked job, if it still belongs to this organisation and the caller may."""
        with suppress(MomentsError):
            async with self._services.database.transaction():
                actor = await self._services.rights.load(self._visit.caller)
            if actor.is_admin and any(job.id == job_id for job, _ in await self._parked()):
                await action(job_id)
        await self._refresh()

    def _place(self) -> tuple[str, str]:
        settings = self._services.settings
        if settings.s3_endpoint_url is None and settings.s3_access_key is None:
            free = size_text(disk_usage(settings.home).free)
            return "A folder", f"in the home of this Moments, {free} free"
        host = urlsplit(settings.s3_endpoint_url or "").netloc or "Amazon S3"
        bucket = settings.s3_bucket_name or "a bucket for each organisation"
        return "Object store", f"{host}, {bucket}"


def _text(tag: str, text: str, classes: str = "") -> None:
    ui.html(escape(text), sanitize=False, tag=tag).classes(classes)


def _section(title: str, lead: str) -> ui.element:
    section = ui.element("section")
    with section, ui.element("div").classes("m-shead"):
        _text("h2", title)
        _text("p", lead, "m-2 m-sm")
    return section


def _stat(figure: str, words: str) -> None:
    with ui.element("div").classes("m-glass"):
        _text("b", figure)
        _text("span", words, "m-sm m-2")


def _note(text: str) -> None:
    with ui.element("p").classes("m-msg").style("margin-top: 14px"):
        ui.html(str(icon("warn", "s")), sanitize=False, tag="span")
        _text("span", text)


def _button(label: str, action: Callable[[], Awaitable[None]], classes: str = "") -> None:
    with ui.element("button").classes(f"m-btn {classes}").props("type=button").on("click", action):
        _text("span", label)
