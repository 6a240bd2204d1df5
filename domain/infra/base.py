"""The infrastructure that every package's services use."""

from dataclasses import dataclass

from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.queue import Queue
from domain.infra.rate_limit import RateLimiter
from domain.infra.storage import Storage


@dataclass(frozen=True, slots=True)
class Base:
    """Settings, keys, time, and the stores; each package's `wire` builds its services from it."""

    settings: Settings
    keyring: Keyring
    clock: Clock
    database: Database
    apart: Database  # a small pool for what must commit independently
    storage: Storage
    events: Events

    @property
    def queue(self) -> Queue:
        """The job queue."""
        return Queue(self.database)

    @property
    def limiter(self) -> RateLimiter:
        """The rate limits' counters."""
        return RateLimiter(self.database, self.clock)
