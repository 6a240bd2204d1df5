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


Runs = Callable[[Caller], Awaitable[Sequence[Running]]]


@dataclass(slots=True)
class Sources:
    """Filled while the app is put together."""

    running: list[Runs] = field(default_factory=list)
