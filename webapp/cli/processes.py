"""The processes of the Procfile, each in the foreground until SIGTERM or Ctrl-C."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from domain.core.lazy_imports import OPTIONAL, absent

if TYPE_CHECKING:
    from domain.core.settings import Settings

Load = Callable[[], "Settings"]

UP_PID: Final = "MOMENTS_UP_PID"  # of the `moments up` that starts a process
# The pages' socket server can import its clients and brokers, and the queue another framework's
# dependency injection. None of that is used here.
_SOCKETS = ("aiohttp", "redis", "requests")
_DEPENDENCIES = ("fastapi",)


def run(name: str, load_settings: Load) -> None:
    """Run one process by its name in the Procfile.

    A killed `up` may not have told its reaper of a process that it had just started.
    """
    if os.environ.get(UP_PID, str(os.getppid())) != str(os.getppid()):
        sys.exit("The `moments up` that started this process has ended.")
    _RUNNERS[name](load_settings)


@contextmanager
def _loading(*unused: str) -> Iterator[None]:
    """Import with garbage collection off: there is no garbage, and imports stay.

    It saves about a tenth of the start, and every later collection scans less.
    """
    gc.disable()
    try:
        with absent(*OPTIONAL, *unused):
            yield
    finally:
        gc.freeze()
        gc.enable()


def _web(load_settings: Load) -> None:
    with _loading(*_SOCKETS):
        settings = _configured(load_settings, "web")
        from webapp import asgi  # noqa: PLC0415 (the heaviest import: of this process alone)

    asgi.serve(settings)


def _media(_load_settings: Load) -> None:
    # The node never shares a process with the web's code: it is another program.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "media_server"])  # noqa: S606


def _worker(load_settings: Load) -> None:
    with _loading(*_DEPENDENCIES):
        settings = _configured(load_settings, "worker")
        from domain import bootstrap  # noqa: PLC0415
        from domain.jobs import worker  # noqa: PLC0415

    sys.exit(asyncio.run(worker.run(settings, bootstrap.running)))


def _postgres(load_settings: Load) -> None:
    with _loading():
        settings = _configured(load_settings, "postgres")
        from domain.infra import postgres  # noqa: PLC0415

    sys.exit(asyncio.run(postgres.serve(settings)))


def _configured(load_settings: Load, process: str) -> "Settings":
    from domain.core.log import configure  # noqa: PLC0415
    from domain.infra.serving import open_files  # noqa: PLC0415

    settings = load_settings()
    configure(settings, process)
    open_files.raise_limit()
    return settings


_RUNNERS = {"web": _web, "media": _media, "worker": _worker, "postgres": _postgres}
