"""What each job does, by name: parse the arguments, call one service.

A job runs at least once and may run twice at the same time for a moment, so every service method
named here is idempotent. To add one: a function and a line in `TASKS`, and in `PERIODIC` if it
repeats.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from domain.accounts.service import AccountService
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.idempotency import Idempotency
from domain.infra.queue import Queue
from domain.infra.rate_limit import RateLimiter
from domain.jobs.runner import Handler
from domain.jobs.schedule import Periodic
from domain.live.recordings import FINISH_JOB, PREVIEW_JOB, RecordingJobs
from domain.live.retention import Retention
from domain.live.trims import TRIM_JOB, TrimJobs

Args = dict[str, Any]
_EVENTS_KEPT = timedelta(hours=24)


class TaskServices(Protocol):
    """What tasks need of the services that `bootstrap` builds."""

    @property
    def settings(self) -> Settings: ...  # noqa: D102 (an attribute)
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def queue(self) -> Queue: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102
    @property
    def idempotency(self) -> Idempotency: ...  # noqa: D102
    @property
    def limiter(self) -> RateLimiter: ...  # noqa: D102
    @property
    def accounts(self) -> AccountService: ...  # noqa: D102
    @property
    def recording_jobs(self) -> RecordingJobs: ...  # noqa: D102
    @property
    def trim_jobs(self) -> TrimJobs: ...  # noqa: D102
    @property
    def retention(self) -> Retention: ...  # noqa: D102


Task = Callable[[TaskServices, Args], Awaitable[None]]


async def _purge_events(services: TaskServices, _args: Args) -> None:
    await services.events.purge(services.clock.now() - _EVENTS_KEPT)


async def _purge_idempotency(services: TaskServices, _args: Args) -> None:
    await services.idempotency.purge()


async def _purge_limits(services: TaskServices, _args: Args) -> None:
    await services.limiter.purge()


async def _purge_sessions(services: TaskServices, _args: Args) -> None:
    await services.accounts.purge_sessions()


async def _finish_recording(services: TaskServices, args: Args) -> None:
    await services.recording_jobs.finish(args["clip_id"])


async def _make_preview(services: TaskServices, args: Args) -> None:
    await services.recording_jobs.make_preview(args["clip_id"])


async def _trim(services: TaskServices, args: Args) -> None:
    await services.trim_jobs.trim(args["clip_id"])


async def _resume_clips(services: TaskServices, _args: Args) -> None:
    await services.retention.resume()


async def _sweep_recordings(services: TaskServices, _args: Args) -> None:
    await services.recording_jobs.sweep()


async def _purge_captures(services: TaskServices, _args: Args) -> None:
    await services.retention.purge()


TASKS: Mapping[str, Task] = {
    "events.purge": _purge_events,
    "idempotency.purge": _purge_idempotency,
    "limits.purge": _purge_limits,
    "sessions.purge": _purge_sessions,
    FINISH_JOB: _finish_recording,
    PREVIEW_JOB: _make_preview,
    TRIM_JOB: _trim,
    "live.resume_clips": _resume_clips,
    "live.sweep_recordings": _sweep_recordings,
    "live.purge": _purge_captures,
}
PERIODIC = (
    Periodic("events.purge", 3600),
    Periodic("idempotency.purge", 3600),
    Periodic("limits.purge", 3600),
    Periodic("sessions.purge", 3600),
    Periodic("live.resume_clips", 60),
    Periodic("live.sweep_recordings", 300),
    Periodic("live.purge", 3600),
)


def handlers(services: TaskServices) -> dict[str, Handler]:
    """Return the tasks with the services they call."""
    return {name: partial(task, services) for name, task in TASKS.items()}
