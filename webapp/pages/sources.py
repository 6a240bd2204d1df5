"""What the bar above every page shows, and who adds to it: each part of the app its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.accounts.models import Caller


@dataclass(frozen=True, slots=True)
class Running:
    """Long work of a user: what it is, how far it is, where to look."""

    id: str
    title: str
    detail: str
    href: str
    glyph: str = "clip"
    picture: str | None = None
    begins_at: datetime | None = None  # with `ends_at`: how far it is follows from the time
    ends_at: datetime | None = None
    has_failed: bool = False
    retry: Callable[[], Awaitable[object]] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result: what it is, where it leads, its picture or drawing."""

    id: str
    title: str
    href: str
    glyph: str
    kind: str
    at: str  # ISO 8601
    detail: str = ""
    picture: str | None = None


Runs = Callable[[Caller], Awaitable[Sequence[Running]]]
Finds = Callable[[Caller, str], Awaitable[Sequence[Hit]]]


@dataclass(slots=True)
class Sources:
    """Filled while the app is put together."""

    running: list[Runs] = field(default_factory=list)
    search: dict[str, Finds] = field(default_factory=dict)  # by the heading of their results
