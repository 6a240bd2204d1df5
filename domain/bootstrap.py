"""The wiring: starts the infrastructure, builds the services on it, and stops it all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from argon2 import PasswordHasher

from domain.accounts import wiring as accounts_wiring
from domain.accounts.first_start import FirstStart
from domain.accounts.members import MemberService
from domain.accounts.notices import NoticeService
from domain.accounts.parked_jobs import ParkedJobs
from domain.accounts.passwords import Passwords
from domain.accounts.push_browsers import PushBrowsers
from domain.accounts.resets import PasswordResets
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.accounts.tokens import ApiTokenService
from domain.accounts.vms import VmService
from domain.captures import wiring as captures_wiring
from domain.captures.clips import ClipService
from domain.captures.gallery import GalleryService
from domain.captures.snapshots import SnapshotService
from domain.captures.visitors import VisitorService
from domain.chats import wiring as chats_wiring
from domain.chats.answers import AnswerService
from domain.chats.service import ChatService
from domain.collections import wiring as collections_wiring
from domain.collections.pages import CollectionPages
from domain.collections.service import CollectionService
from domain.commits import wiring as commits_wiring
from domain.commits.checks import CheckService
from domain.commits.reviews import ReviewService
from domain.commits.service import CommitService
from domain.commits.timeline import TimelineService
from domain.core.secrets import Keyring, load_keyring
from domain.core.settings import Settings
from domain.core.time import Clock, SystemClock
from domain.discover import wiring as discover_wiring
from domain.discover.service import DiscoverService
from domain.infra import migrate, ocr, postgres
from domain.infra.base import Base
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.idempotency import Idempotency
from domain.infra.notifications import Notifications
from domain.infra.queue import Queue
from domain.infra.rate_limit import RateLimiter
from domain.infra.storage import Storage, make_storage
from domain.infra.work import Work, repeating
from domain.insight import wiring as insight_wiring
from domain.insight.endpoint import Endpoint
from domain.insight.service import Insight
from domain.live import wiring as live_wiring
from domain.live.board import StatusBoard
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.streams import StreamService
from domain.marks import wiring as marks_wiring
from domain.marks.artists import ArtistService
from domain.marks.choosing import ChoosingService
from domain.marks.matches import MatchService
from domain.marks.nudges import NudgeService
from domain.marks.public import PublicMarks
from domain.marks.service import MarkService
from domain.marks.source_names import SourceNames
from domain.marks.tracks import TrackService
from domain.marks.transfer import MarkTransfer
from domain.moments import wiring as moments_wiring
from domain.moments.listing import AssetService
from domain.moments.policies import RetentionPolicies
from domain.moments.reporting import Reporting
from domain.moments.retention import MomentRetention
from domain.moments.service import MomentService
from domain.moments.transfer import MomentTransfer
from domain.moments.uploads import UploadService
from domain.personal import wiring as personal_wiring
from domain.personal.erasure import ErasureService, Rooms
from domain.personal.export import ExportService
from domain.profiles import wiring as profiles_wiring
from domain.profiles.reactions import ReactionService
from domain.profiles.reports import ReportService
from domain.profiles.service import ProfileService
from domain.search import wiring as search_wiring
from domain.search.kept import KeptSearchService
from domain.search.service import SearchService
from domain.sharing import wiring as sharing_wiring
from domain.sharing.pages import MomentPages
from domain.sharing.service import SharingService
from domain.sharing.view_counts import ViewCounts
from domain.sharing.views import ShareViews
from domain.videos import wiring as videos_wiring
from domain.videos.editing import VideoEditing
from domain.videos.exports import VerticalExports
from domain.videos.frames import FrameService
from domain.videos.loudness import Loudness
from domain.videos.service import VideoService
from domain.videos.understanding import Understanding
from domain.webhooks import wiring as webhooks_wiring
from domain.webhooks.service import WebhookService

Process = Literal["web", "worker", "media", "cli"]

_EVENTS_KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Services:
    """All services of the domain, for every face, job and node."""

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
    insight: Insight
    endpoint: Endpoint
    rights: Rights
    accounts: AccountService
    first_start: FirstStart
    members: MemberService
    tokens: ApiTokenService
    vms: VmService
    parked_jobs: ParkedJobs
    resets: PasswordResets
    notices: NoticeService
    push_browsers: PushBrowsers
    nodes: NodeRegistry
    board: StatusBoard
    streams: StreamService
    moments: MomentService
    moment_assets: AssetService
    uploads: UploadService
    moment_retention: MomentRetention
    policies: RetentionPolicies
    moment_transfer: MomentTransfer
    reporting: Reporting
    snapshots: SnapshotService
    clips: ClipService
    gallery: GalleryService
    marks: MarkService
    tracks: TrackService
    artists: ArtistService
    matches: MatchService
    public_marks: PublicMarks
    mark_transfer: MarkTransfer
    nudges: NudgeService
    source_names: SourceNames
    choosing: ChoosingService
    videos: VideoService
    video_editing: VideoEditing
    vertical_exports: VerticalExports
    video_loudness: Loudness
    frames: FrameService
    commits: CommitService
    reviews: ReviewService
    checks: CheckService
    timeline: TimelineService
    sharing: SharingService
    share_views: ShareViews
    view_counts: ViewCounts
    moment_pages: MomentPages
    collections: CollectionService
    collection_pages: CollectionPages
    profiles: ProfileService
    reactions: ReactionService
    reports: ReportService
    erasure: ErasureService
    export: ExportService
    visitors: VisitorService
    chats: ChatService
    answers: AnswerService
    search: SearchService
    kept_searches: KeptSearchService
    discover: DiscoverService
    webhooks: WebhookService
    work: Work


@asynccontextmanager
async def running(settings: Settings, process: Process) -> AsyncIterator[Services]:
    """Start the infrastructure, yield the services, and stop it all.

    The web and the command line migrate the schema; other processes wait for that.

    Raises:
        DatabaseUnavailable: The database did not start in time.
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
        base = Base(settings, keyring, clock, database, apart, storage, events)
        if process == "web":
            await passwords.warm()
            await _listen(stack, database, events)
        services = build(base, client, passwords)
        stack.push_async_callback(services.insight.close)
        stack.push_async_callback(services.commits.close)
        stack.push_async_callback(services.view_counts.close)
        stack.push_async_callback(services.search.close)
        yield services


def build(base: Base, client: NodeClient, passwords: Passwords) -> Services:
    """Return the services; nothing is started or queried here."""
    rights = Rights(base.database, base.clock)
    notifier = accounts_wiring.wire_notifier(
        base.settings, base.keyring, base.database, base.events, base.clock
    )
    live = live_wiring.wire(base, rights, notifier, client)
    demo = live.streams.ensure_demo if base.settings.demo else _nothing
    accounts = accounts_wiring.wire(base, rights, notifier, passwords, demo)
    moments = moments_wiring.wire(base, rights, notifier, live.rows)
    captures = captures_wiring.wire(base, rights, notifier, live, moments)
    marks = marks_wiring.wire(base, rights, notifier, moments)
    retention = moments_wiring.wire_retention(base, moments, [captures.retention.before_purge])
    insight = insight_wiring.wire(base.settings)
    endpoint = insight_wiring.wire_endpoint(base.settings)
    understanding = Understanding(insight, endpoint, base.storage)
    videos = videos_wiring.wire(base, rights, live, moments, understanding, retention.purge_now)
    commits = commits_wiring.wire(base, rights, moments)
    processing = moments_wiring.wire_processing(
        base,
        moments,
        captures.measure_video,
        [videos.videos.source_processed, commits.checks.on_processed],
        ocr.words_in if ocr.is_installed() else None,
    )
    sharing = sharing_wiring.wire(
        base,
        rights,
        passwords,
        moments,
        {"clip": captures.public, "snap": captures.public},
        [captures.public],
    )
    collections = collections_wiring.wire(base, rights, moments, sharing.moments)
    profiles = profiles_wiring.wire(base, rights, moments, collections.pages.public_of)
    chats = chats_wiring.wire(base, rights, notifier, moments.records, moments.events, endpoint)
    rooms = Rooms(
        accounts=accounts.accounts,
        streams=live.streams,
        sharing=sharing.links,
        collections=collections.collections,
        chats=chats.chats,
        profiles=profiles.profiles,
        moments=moments,
        retention=retention,
    )
    kept = (commits_wiring.APPROVED, collections_wiring.COLLECTED)
    policies = moments_wiring.wire_policies(base, rights, moments, kept)
    webhooks = webhooks_wiring.wire(base, rights, notifier)
    sentences = insight_wiring.wire(base.settings)
    search = search_wiring.wire(base, rights, notifier, moments.records, sentences)
    discover = discover_wiring.wire(base, rights, moments, marks.sums, search.vectors)
    personal = personal_wiring.wire(base, rights, rooms, marks.transfer)
    visitors = VisitorService(
        live.streams, captures.snapshots, captures.clips, sharing.links, base.limiter
    )
    idempotency = Idempotency(base.database, base.clock)

    async def purge_events() -> None:
        await base.events.purge(base.clock.now() - _EVENTS_KEPT)

    return Services(
        settings=base.settings,
        keyring=base.keyring,
        clock=base.clock,
        database=base.database,
        storage=base.storage,
        queue=base.queue,
        events=base.events,
        idempotency=idempotency,
        limiter=base.limiter,
        node_client=client,
        insight=insight,
        endpoint=endpoint,
        rights=rights,
        accounts=accounts.accounts,
        first_start=accounts.first_start,
        members=accounts.members,
        tokens=accounts.tokens,
        vms=accounts.vms,
        parked_jobs=accounts.parked_jobs,
        resets=accounts.resets,
        notices=accounts.notices,
        push_browsers=accounts.push_browsers,
        nodes=live.nodes,
        board=live.board,
        streams=live.streams,
        moments=moments.service,
        moment_assets=moments.files,
        uploads=moments.uploads,
        moment_retention=retention,
        policies=policies,
        moment_transfer=moments.transfer,
        reporting=moments.reporting,
        snapshots=captures.snapshots,
        clips=captures.clips,
        gallery=captures.gallery,
        marks=marks.marks,
        tracks=marks.tracks,
        artists=marks.artists,
        matches=marks.matches,
        public_marks=marks.public,
        mark_transfer=marks.transfer,
        nudges=marks.nudges,
        source_names=marks.names,
        choosing=marks.choosing,
        videos=videos.videos,
        video_editing=videos.editing,
        vertical_exports=videos.exports,
        video_loudness=videos.loudness,
        frames=videos.frames,
        commits=commits.commits,
        reviews=commits.reviews,
        checks=commits.checks,
        timeline=commits.timeline,
        sharing=sharing.links,
        share_views=sharing.views,
        view_counts=sharing.counts,
        moment_pages=sharing.pages,
        collections=collections.collections,
        collection_pages=collections.pages,
        profiles=profiles.profiles,
        reactions=profiles.reactions,
        reports=profiles.reports,
        erasure=personal.erasure,
        export=personal.export,
        visitors=visitors,
        chats=chats.chats,
        answers=chats.answers,
        search=search.search,
        kept_searches=search.kept,
        discover=discover.discover,
        webhooks=webhooks.webhooks,
        work=repeating(3600, "events.purge", purge_events)
        + repeating(3600, "idempotency.purge", idempotency.purge)
        + repeating(3600, "limits.purge", base.limiter.purge)
        + accounts.work
        + live.work
        + captures.work
        + marks.work
        + personal.work
        + videos.work
        + chats.work
        + search.work
        + commits.work
        + discover.work
        + webhooks.work
        + moments_wiring.work(moments, processing, retention, policies),
    )


async def _database(stack: AsyncExitStack, dsn: str, process: str, *, pool_size: int) -> Database:
    database = Database(dsn, pool_size=pool_size, name=f"moments-{process}")
    await database.start()
    stack.push_async_callback(database.close)
    return database


async def _listen(stack: AsyncExitStack, database: Database, events: Events) -> None:
    """Feed this process's event subscribers for the duration of the context."""
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
    """Do nothing: no demo stream was requested."""
