"""The only wiring: builds the services from settings, starts what they stand on, and ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from argon2 import PasswordHasher

from domain.accounts.first_start import FirstStart
from domain.accounts.members import MemberService
from domain.accounts.passwords import Passwords
from domain.accounts.people import People
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.accounts.tokens import ApiTokenService
from domain.core.secrets import Keyring, load_keyring
from domain.core.settings import Settings
from domain.core.time import Clock, SystemClock
from domain.infra import migrate, postgres
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.idempotency import Idempotency
from domain.infra.notifications import Notifications
from domain.infra.queue import Queue
from domain.infra.rate_limit import RateLimiter
from domain.infra.storage import Storage, make_storage
from domain.live.board import StatusBoard
from domain.live.capture_events import CaptureEvents
from domain.live.capture_rows import CaptureRows
from domain.live.clips import ClipService
from domain.live.gallery import GalleryService
from domain.live.making import CaptureMaker, CaptureParts
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.presenting import Presenter
from domain.live.recordings import RecordingJobs
from domain.live.retention import Retention
from domain.live.snapshots import SnapshotService
from domain.live.stream_rows import StreamRows
from domain.live.stream_rules import SourceRules
from domain.live.streams import StreamParts, StreamService
from domain.live.trims import TrimJobs
from domain.live.urls import StreamUrls
from domain.moments.assets import Assets
from domain.moments.leftovers import Leftovers
from domain.moments.records import MomentRecords
from domain.sharing.service import SharingParts, SharingService
from domain.sharing.visitors import VisitorService

Process = Literal["web", "worker", "media", "cli"]


@dataclass(frozen=True, slots=True)
class Base:
    """What the services stand on; `build` makes the services out of it."""

    settings: Settings
    keyring: Keyring
    clock: Clock
    database: Database
    apart: Database  # a small pool for what must commit by itself
    storage: Storage
    node_client: NodeClient
    passwords: Passwords
    events: Events


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a face, a job or a node can ask of the domain."""

    settings: Settings
    keyring: Keyring
    clock: Clock
    database: Database
    storage: Storage
    queue: Queue
    events: Events
    idempotency: Idempotency
    limiter: RateLimiter
    node_client: NodeClient
    rights: Rights
    accounts: AccountService
    first_start: FirstStart
    members: MemberService
    tokens: ApiTokenService
    nodes: NodeRegistry
    board: StatusBoard
    streams: StreamService
    snapshots: SnapshotService
    clips: ClipService
    gallery: GalleryService
    sharing: SharingService
    visitors: VisitorService
    recording_jobs: RecordingJobs
    trim_jobs: TrimJobs
    retention: Retention


@asynccontextmanager
async def running(settings: Settings, process: Process) -> AsyncIterator[Services]:
    """Start what the services stand on, yield them, and end it all.

    The web and the command line bring the schema up to date; others wait for that.

    Raises:
        DatabaseUnavailable: The database did not come up in time.
    """
    keyring, clock = load_keyring(settings), SystemClock()
    dsn = await postgres.dsn(settings)
    async with AsyncExitStack() as stack:
        database = await _database(stack, dsn, process, pool_size=20 if process == "web" else 10)
        apart = await _database(stack, dsn, f"{process}-apart", pool_size=2)
        if process in {"web", "cli"}:
            await migrate.forwards(database)
        else:
            await migrate.wait_for_schema(database)
        storage = make_storage(settings, keyring, clock)
        await storage.start()
        stack.push_async_callback(storage.close)
        client = NodeClient(keyring)
        stack.push_async_callback(client.close)
        passwords = Passwords(PasswordHasher())
        events = Events(database, clock)
        base = Base(settings, keyring, clock, database, apart, storage, client, passwords, events)
        if process == "web":
            await passwords.warm()
            await _listen(stack, database, events)
        yield build(base)


def build(base: Base) -> Services:
    """Return the services; nothing is started or asked here."""
    settings, database, clock = base.settings, base.database, base.clock
    limiter, queue = RateLimiter(database, clock), Queue(database)
    rights, nodes = Rights(database, clock), NodeRegistry(database)
    rows, board = StreamRows(database, clock), StatusBoard(nodes, base.node_client)
    streams = StreamService(
        StreamParts(
            database=database,
            events=base.events,
            rights=rights,
            rows=rows,
            rules=SourceRules(settings),
            nodes=nodes,
            client=base.node_client,
            board=board,
            urls=StreamUrls(settings.origin, base.keyring, clock, rtmp_port=settings.rtmp_port),
        )
    )
    parts = _capture_parts(base, rights, rows, nodes, queue)
    maker = CaptureMaker(parts)
    snapshots, clips = SnapshotService(parts, maker), ClipService(parts, maker)
    sharing = SharingService(
        SharingParts(
            database=database,
            events=parts.events,
            rights=rights,
            captures=parts.rows,
            streams=streams,
            passwords=base.passwords,
            limiter=limiter,
            keyring=base.keyring,
            clock=clock,
            origin=settings.origin,
        )
    )
    people = People(
        database,
        clock,
        base.passwords,
        on_first_organization=streams.ensure_demo if settings.demo else _nothing,
    )
    return Services(
        settings=settings,
        keyring=base.keyring,
        clock=clock,
        database=database,
        storage=base.storage,
        queue=queue,
        events=base.events,
        idempotency=Idempotency(database, clock),
        limiter=limiter,
        node_client=base.node_client,
        rights=rights,
        accounts=AccountService(
            people, rights, limiter, is_sign_up_open=settings.sign_up == "open"
        ),
        first_start=FirstStart(people, base.keyring, settings.origin),
        members=MemberService(people, rights, base.keyring, settings.origin),
        tokens=ApiTokenService(database, rights, clock),
        nodes=nodes,
        board=board,
        streams=streams,
        snapshots=snapshots,
        clips=clips,
        gallery=GalleryService(parts, maker),
        sharing=sharing,
        visitors=VisitorService(streams, snapshots, clips, sharing, limiter),
        recording_jobs=RecordingJobs(parts, maker),
        trim_jobs=TrimJobs(parts, maker),
        retention=Retention(parts, retention_days=settings.retention_days),
    )


def _capture_parts(
    base: Base, rights: Rights, streams: StreamRows, nodes: NodeRegistry, queue: Queue
) -> CaptureParts:
    leftovers = Leftovers(base.database, base.apart)
    moments = MomentRecords(base.database, base.clock)
    return CaptureParts(
        database=base.database,
        queue=queue,
        events=CaptureEvents(base.database, base.events),
        storage=base.storage,
        clock=base.clock,
        rights=rights,
        streams=streams,
        nodes=nodes,
        client=base.node_client,
        moments=moments,
        assets=Assets(base.database, base.storage, leftovers, base.clock),
        leftovers=leftovers,
        rows=CaptureRows(base.database, base.clock, moments),
        presenter=Presenter(base.storage, base.clock),
    )


async def _database(stack: AsyncExitStack, dsn: str, process: str, *, pool_size: int) -> Database:
    database = Database(dsn, pool_size=pool_size, name=f"moments-{process}")
    await database.start()
    stack.push_async_callback(database.close)
    return database


async def _listen(stack: AsyncExitStack, database: Database, events: Events) -> None:
    """Feed this process's subscribers until the end."""
    notifications = Notifications(database)
    events.attach(notifications)
    await stack.enter_async_context(events.running())
    task = asyncio.create_task(notifications.run(), name="notifications")

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


async def _nothing(_organization_id: str) -> None:
    """No demo stream is wanted."""
