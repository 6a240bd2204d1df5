"""A package's jobs for the worker: by name, and periodic ones.

A job runs at least once, possibly twice at the same time, so every handler is idempotent: it parses
its arguments and calls one service.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Args = dict[str, Any]
Handler = Callable[[Args], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job without arguments and its period."""

    name: str
    every_s: float


@dataclass(frozen=True, slots=True)
class Work:
    """Jobs and their schedule."""

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    periodic: Sequence[Periodic] = ()

    def __add__(self, other: "Work") -> "Work":
        """Return both combined.

        Raises:
            ValueError: Both have a job of the same name.
        """
        if twice := self.handlers.keys() & other.handlers.keys():
            raise ValueError(f"two jobs have the same name: {', '.join(sorted(twice))}")
        return Work({**self.handlers, **other.handlers}, [*self.periodic, *other.periodic])


def repeating(every_s: float, name: str, job: Callable[[], Awaitable[object]]) -> Work:
    """Return a periodic job without arguments."""

    async def handler(_args: Args) -> object:
        return await job()

    return Work({name: handler}, [Periodic(name, every_s)])
