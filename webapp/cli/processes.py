"""The processes of the Procfile, each in the foreground until SIGTERM or Ctrl-C."""

import asyncio
import os
import sys

from domain.core.log import configure
from domain.core.settings import Settings


def run(name: str, settings: Settings) -> None:
    """Run one process by its name in the Procfile."""
    _RUNNERS[name](settings)


def _web(settings: Settings) -> None:
    configure(settings, "web")
    from webapp import asgi  # noqa: PLC0415 (the heaviest import: of this process alone)

    asgi.serve(settings)


def _media(_settings: Settings) -> None:
    # The node never shares a process with the web's code: it is another program.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "media_server"])  # noqa: S606


def _worker(settings: Settings) -> None:
    configure(settings, "worker")
    from domain import bootstrap  # noqa: PLC0415
    from domain.jobs import worker  # noqa: PLC0415

    sys.exit(asyncio.run(worker.run(settings, bootstrap.running)))


def _postgres(settings: Settings) -> None:
    configure(settings, "postgres")
    from domain.infra import postgres  # noqa: PLC0415

    sys.exit(asyncio.run(postgres.serve(settings)))


_RUNNERS = {"web": _web, "media": _media, "worker": _worker, "postgres": _postgres}
