"""The only wiring: builds the services from settings, starts what they stand on, and ends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from domain.accounts.first_start import FirstStart
from domain.accounts.members import MemberService
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.accounts.tokens import ApiTokenService
from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.database import Database
from domain.live.clips import ClipService
from domain.live.gallery import GalleryService
from domain.live.nodes import NodeRegistry
from domain.live.snapshots import SnapshotService
from domain.live.streams import StreamService
from domain.sharing.service import SharingService
from domain.sharing.visitors import VisitorService

Process = Literal["web", "worker", "media", "cli"]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a face, a job or a node can ask of the domain."""

    settings: Settings
    keyring: Keyring
    clock: Clock
    database: Database
    # queue: Queue, events: Events, storage: Storage, idempotency and limiter follow with infra
    rights: Rights
    accounts: AccountService
    first_start: FirstStart
    members: MemberService
    tokens: ApiTokenService
    nodes: NodeRegistry
    streams: StreamService
    snapshots: SnapshotService
    clips: ClipService
    gallery: GalleryService
    sharing: SharingService
    visitors: VisitorService


@asynccontextmanager
async def running(settings: Settings, process: Process) -> AsyncIterator[Services]:
    """Start what the services stand on, yield them, and end it all."""
    raise NotImplementedError
    yield
