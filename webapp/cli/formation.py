"""How many of each process `moments up` runs: one, except for the media nodes.

The Procfile's lines stay unchanged. Copies differ only in their environment: a name, and ports that
count up from the first one's.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from domain.core.errors import BadInput
from domain.core.settings import Settings
from webapp.cli.procfile import Line, read

POSTGRES, MEDIA = "postgres", "media"
PATIENCE_S: Final = 10.0  # for a clean end
DATABASE_PATIENCE_S: Final = 75.0  # more than PostgreSQL's own supervisor allows the server
_MOST_BY_CORES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A process to run: a line, and its own environment."""

    line: Line
    environment: dict[str, str] = field(default_factory=dict)
    patience_s: float = PATIENCE_S  # its stop timeout


def media_nodes(settings: Settings, cores: int | None = None) -> int:
    """Return how many media nodes to run.

    By default one per core except one, which the web, the worker and PostgreSQL share; at most
    four, because each has decoders and their memory.

    Raises:
        BadInput: Several are configured with one address.
    """
    if settings.media_nodes > 1 and settings.media_url is not None:
        raise BadInput("MOMENTS_MEDIA_URL is the address of one node. Unset it to run several.")
    if settings.media_nodes or settings.media_url is not None:
        return settings.media_nodes or 1
    return max(1, min(_MOST_BY_CORES, (cores or _cores()) - 1))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parts_for(settings: Settings) -> list[Part]:
    """Return the processes to run: all, except PostgreSQL if a server is configured."""
    skipped = {POSTGRES} if settings.database_url else set()
    return [
        part for line in read() if line.name not in skipped for part in _of_line(line, settings)
    ]


def _of_line(line: Line, settings: Settings) -> Iterable[Part]:
    if line.name == MEDIA:
        return _nodes(line, settings)
    return [Part(line, patience_s=DATABASE_PATIENCE_S if line.name == POSTGRES else PATIENCE_S)]


def _nodes(line: Line, settings: Settings) -> Iterator[Part]:
    yield Part(line)  # exactly as the line says
    name = settings.media_name or "node"
    ports = {
        "MOMENTS_MEDIA_PORT": settings.media_port,
        "MOMENTS_MEDIA_CONTROL_PORT": settings.media_control_port,
    }
    for number in range(1, media_nodes(settings)):
        own = {key: str(port + number) for key, port in ports.items() if port}
        own["MOMENTS_MEDIA_NAME"] = f"{name}-{number + 1}"
        yield Part(replace(line, name=f"{line.name}.{number + 1}"), own)
