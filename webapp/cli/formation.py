"""How many of each line of the Procfile `moments up` runs: one, but as many media nodes as set.

The lines stay as they are. Copies differ by their environment alone: a name, and ports that count
up from those of the first.
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
DATABASE_PATIENCE_S: Final = 75.0  # more than PostgreSQL's own supervisor has for the server
_MOST_BY_CORES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One process to run: a line, and what its environment has of its own."""

    line: Line
    environment: dict[str, str] = field(default_factory=dict)
    patience_s: float = PATIENCE_S  # how long it may take to stop


def media_nodes(settings: Settings, cores: int | None = None) -> int:
    """Return how many media nodes to run.

    By default one for each core but one, which the web, the worker and PostgreSQL share; at most
    four, for each holds decoders and their memory.

    Raises:
        BadInput: Several are asked for at one address.
    """
    if settings.media_nodes > 1 and settings.media_url is not None:
        raise BadInput("MOMENTS_MEDIA_URL is the address of one node: leave it out to run several")
    if settings.media_nodes or settings.media_url is not None:
        return settings.media_nodes or 1
    return max(1, min(_MOST_BY_CORES, (cores or _cores()) - 1))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parts_for(settings: Settings) -> list[Part]:
    """Return the processes to run: all, but no PostgreSQL where a server is set."""
    skipped = {POSTGRES} if settings.database_url else set()
    return [
        part for line in read() if line.name not in skipped for part in _of_line(line, settings)
    ]


def _of_line(line: Line, settings: Settings) -> Iterable[Part]:
    if line.name == MEDIA:
        return _nodes(line, settings)
    return [Part(line, patience_s=DATABASE_PATIENCE_S if line.name == POSTGRES else PATIENCE_S)]


def _nodes(line: Line, settings: Settings) -> Iterator[Part]:
    yield Part(line)  # just as the line says
    name = settings.media_name or "node"
    ports = {
        "MOMENTS_MEDIA_PORT": settings.media_port,
        "MOMENTS_MEDIA_CONTROL_PORT": settings.media_control_port,
    }
    for number in range(1, media_nodes(settings)):
        own = {key: str(port + number) for key, port in ports.items() if port}
        own["MOMENTS_MEDIA_NAME"] = f"{name}-{number + 1}"
        yield Part(replace(line, name=f"{line.name}.{number + 1}"), own)
