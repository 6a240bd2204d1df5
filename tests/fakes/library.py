"""An organisation's moments in memory: the contract of the services that the library uses."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast, get_args

from domain.accounts.models import Caller, Identity, Membership, Role, User
from domain.accounts.notice_deliveries import Channel, switch
from domain.accounts.notices import Notice, NoticeKind
from domain.bootstrap import Services
from domain.captures.models import Clip, GalleryFilter, GalleryPage, NewTrim, Snapshot
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound, Unauthenticated
from domain.core.settings import Settings
from domain.infra.events import Event
from domain.infra.web_push import Target, check_target
from domain.live.models import StreamRef
from domain.moments.archive import Archive
from domain.moments.models import (
    Asset,
    Count,
    Cover,
    Cursor,
    Facet,
    Facets,
    Git,
    Insight,
    Kind,
    MediaFile,
    Moment,
    MomentChange,
    MomentFilter,
    MomentPage,
    NewAsset,
    NewMoment,
    Upload,
    UserRef,
)
from domain.moments.rules import clean_change, clean_new, clean_words
from domain.sharing.models import NewShare, ShareLink
from domain.webhooks.models import Sent
from tests.fakes.chats import FakeChats
from tests.fakes.clock import FakeClock
from tests.fakes.collections import FakeCollections
from tests.fakes.commits import FakeCommits
from tests.fakes.discover import FakeDiscover
from tests.fakes.marks import FakeMarks, FakeNudges, FakeTracks
from tests.fakes.profiles import FakeProfiles
from tests.fakes.search import FakeKeptSearches, FakeSearch
from tests.fakes.videos import FakeVideos

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA = Caller("user_1", "org_1", "session", "session_1")


def moment(number: int, **values: Any) -> Moment:  # noqa: ANN401 (any field)
    """Return a note; a higher number is older."""
    at = NOW - timedelta(minutes=number)
    return replace(
        Moment(
            id=f"moment_{number:03}",
            organization_id="org_1",
            kind="note",
            title=f"Note {number:02}",
            description="",
            tags=(),
            visibility="organization",
            slug=None,
            metadata={},
            git=Git(),
            insight=Insight(),
            source_id=None,
            source_name=None,
            source=None,
            start_s=None,
            end_s=None,
            created_by=UserRef("user_1", "ada@example.org", "Ada"),
            vm=None,
            vm_id=None,
            created_by_vm=None,
            asset_count=0,
            had_link=False,
            created_at=at,
            updated_at=at,
            deleted_at=None,
        ),
        **values,
    )


def clip(moment_id: str, **values: Any) -> Clip:  # noqa: ANN401 (any field)
    """Return a moment's clip."""
    made = Clip(
        id=f"clip_{moment_id}",
        organization_id="org_1",
        moment_id=moment_id,
        asset_id=f"asset_{moment_id}",
        stream=None,
        title="",
        note="",
        labels=(),
        width=1280,
        height=720,
        size_bytes=1000,
        file_name="clip.mp4",
        created_at=NOW,
        created_by="user_1",
        deleted_at=None,
        is_shared=False,
        status="ready",
        error=None,
        start_ts=NOW,
        end_ts=NOW,
        requested_start_ts=NOW,
        requested_end_ts=NOW,
        duration_ms=5000,
        has_audio=True,
        url="/files/clip",
        preview_url="/files/preview",
        parent_id=None,
    )
    return replace(made, **values)


def snapshot(moment_id: str, **values: Any) -> Snapshot:  # noqa: ANN401 (any field)
    """Return a moment's snapshot."""
    made = Snapshot(
        id=f"snap_{moment_id}",
        organization_id="org_1",
        moment_id=moment_id,
        asset_id=f"asset_{moment_id}",
        stream=StreamRef("stream_1", "garden", "Garden"),
        title="A snapshot",
        note="",
        labels=(),
        width=1280,
        height=720,
        size_bytes=1000,
        file_name="snapshot.jpg",
        created_at=NOW,
        created_by="user_1",
        deleted_at=None,
        is_shared=False,
        timestamp=NOW,
        requested_timestamp=NOW,
        mime_type="image/jpeg",
        url="/files/snapshot",
        thumbnail_url="/files/thumbnail",
    )
    return replace(made, **values)


class FakeLibrary:
    """One organisation's services; `publish` sends an event to every open page."""

    def __init__(self, moments: Sequence[Moment] = ()) -> None:
        self.moments = {each.id: each for each in moments}
        self.captures: dict[str, Snapshot | Clip] = {}  # by moment
        self.assets: dict[str, list[Asset]] = {}
        self.links: list[ShareLink] = []
        self.clock = FakeClock(NOW)
        self.marks = FakeMarks(self)
        self.nudges = FakeNudges(self.marks)
        self.tracks = FakeTracks(self, self.marks)
        self.videos = FakeVideos(self, moment)
        self.search = FakeSearch(self)
        self.kept_searches = FakeKeptSearches()
        self.commits = FakeCommits(self)
        self.frames = _Frames(self)
        self.sent: list[Sent] = []  # by webhooks
        self.discover = FakeDiscover(self)
        self.signed_in = True
        self.role = Role.OWNER
        self.not_mine: set[str] = set()  # moments that the caller may not delete
        self.asked: list[MomentFilter] = []
        self.slow: list[asyncio.Event] = []  # each holds back the answer to one list
        self._feeds: list[asyncio.Queue[Event]] = []
        self._events = 0
        self.collections = FakeCollections()
        self.chats = FakeChats()
        self.profiles = FakeProfiles()
        self.notices = FakeNotices(self)
        self.push_browsers = FakeBrowsers()
        self.collections = FakeCollections()
        self.profiles = FakeProfiles()

    def services(self) -> Services:
        """Return what a page asks, as the wiring names it."""
        return cast(
            "Services",
            SimpleNamespace(
                settings=Settings(),
                clock=self.clock,
                accounts=self,
                events=self,
                vms=self,
                moments=self,
                moment_assets=_Assets(self),
                moment_pages=_Pages(self),
                gallery=_Captures(self),
                clips=_Captures(self),
                snapshots=_Captures(self),
                sharing=_Sharing(self),
                streams=_Streams(self),
                uploads=_Uploads(self),
                marks=self.marks,
                tracks=self.tracks,
                matches=self.tracks,
                source_names=SimpleNamespace(correct=self.tracks.name),
                choosing=self.marks,
                nudges=self.nudges,
                first_start=SimpleNamespace(),
                notices=self.notices,
                push_browsers=self.push_browsers,
                collections=self.collections,
                chats=self.chats,
                answers=self.chats,
                profiles=self.profiles,
                search=self.search,
                kept_searches=self.kept_searches,
                discover=self.discover,
                videos=self.videos,
                video_editing=self.videos,
                vertical_exports=self.videos,
                video_loudness=self.videos,
                frames=self.frames,
                webhooks=SimpleNamespace(of_subjects=self.of_subjects),
                **self.commits.services(),
            ),
        )

    async def of_subjects(self, caller: Caller, subject_ids: Sequence[str]) -> Sequence[Sent]:
        """Return what webhooks sent."""
        self.check(at_least=Role.ADMIN)
        return self.sent

    # Accounts and events

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        """Return the caller of a session."""
        self.check()
        return ADA

    async def identity(self, caller: Caller) -> Identity:
        """Return who the caller is."""
        member = Membership("org_1", "Acme", self.role)
        return Identity(User("user_1", "ada@example.org", "Ada", NOW), (member,), member)

    async def subscribe(
        self, organization_id: str, after: int | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the organisation's events."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._feeds.append(queue)
        try:
            while True:
                event = await queue.get()
                if event.organization_id == organization_id:
                    yield event
        finally:
            self._feeds.remove(queue)

    def publish(
        self,
        kind: str,
        subject_id: str,
        audience: frozenset[str] | None = None,
        **more: str,
    ) -> None:
        """Publish an event."""
        self._events += 1
        payload = {"id": subject_id, **more}
        event = Event(self._events, "org_1", kind, payload, NOW, audience)
        for queue in self._feeds:
            queue.put_nowait(event)

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._feeds)

    # Moments

    async def list(self, caller: Caller, wanted: MomentFilter) -> MomentPage:
        """Return a page of what matches a filter, newest first."""
        self.check()
        self.asked.append(wanted)
        shared = {each for link in self.links for each in link.subject_ids}
        found = [
            each for each in self._seen() if _matches(each, wanted, is_shared=each.id in shared)
        ]
        found.sort(key=_key, reverse=not wanted.oldest_first)
        if (after := wanted.after) is not None:
            mark = after.created_at, after.id
            if wanted.oldest_first:
                rest = [each for each in found if _key(each) > mark]
            else:
                rest = [each for each in found if _key(each) < mark]
        else:
            rest = found[wanted.offset :]
        items = tuple(rest[: wanted.limit])
        if self.slow:
            await self.slow.pop(0).wait()
        return MomentPage(items, Count(len(found)), wanted.limit, wanted.offset)

    async def neighbours(
        self, caller: Caller, moment: Moment, wanted: MomentFilter
    ) -> tuple[Moment | None, Moment | None]:
        """Return the moments before and after one in a list."""
        cursor = Cursor(moment.created_at, moment.id)
        after = replace(wanted, after=cursor, limit=1)
        before = replace(after, oldest_first=not wanted.oldest_first)
        pages = [await self.list(caller, each) for each in (before, after)]
        found = [next(iter(page.items), None) for page in pages]
        return found[0], found[1]

    async def counts(self, caller: Caller, wanted: MomentFilter) -> Mapping[Kind, Count]:
        """Return how many moments of each kind match the other filters."""
        kinds: tuple[Kind, ...] = get_args(Kind)
        pages = {
            kind: await self.list(caller, replace(wanted, kinds=(kind,), limit=1)) for kind in kinds
        }
        return {kind: page.total for kind, page in pages.items()}

    async def counts_within(
        self, caller: Caller, wanted: MomentFilter, spans: Sequence[tuple[datetime, datetime]]
    ) -> Sequence[Count]:
        """Return how many moments match a filter in each of some spans."""
        pages = [
            await self.list(caller, replace(wanted, start=start, end=end)) for start, end in spans
        ]
        return [page.total for page in pages]

    async def get(self, caller: Caller, moment_id: str) -> Moment:
        """Return one moment that is not in the bin."""
        self.check()
        return self.find(moment_id, lambda each: each.deleted_at is None)

    async def facets(self, caller: Caller) -> Facets:
        """Return the values in use."""
        self.check()
        seen = [each for each in self._seen() if each.deleted_at is None]
        branches = {each.git.branch for each in seen} - {None}
        sources = {(each.source_id, each.source_name) for each in seen if each.source_id}
        people = {each.created_by for each in seen if each.created_by}
        vms = {(each.vm.id, each.vm.name) for each in seen if each.vm}
        return Facets(
            tags=tuple(Facet(t, t, 1) for t in sorted({t for each in seen for t in each.tags})),
            branches=tuple(Facet(str(each), str(each), 1) for each in branches),
            sources=tuple(Facet(str(id_), name or "", 1) for id_, name in sources),
            people=tuple(Facet(each.id, each.name, 1) for each in people),
            vms=tuple(Facet(id_, name, 1) for id_, name in vms),
        )

    async def create(self, caller: Caller, new: NewMoment) -> Moment:
        """Create a moment."""
        self.check(at_least=Role.MEMBER)
        new = clean_new(new)
        made = moment(
            -len(self.moments) - 1,
            id=f"moment_new{len(self.moments)}",
            kind="commit" if new.git != Git() else "note",
            title=new.title,
            description=new.description,
            tags=tuple(new.tags),
            visibility=new.visibility,
            git=new.git,
            vm_id=new.vm_id,
        )
        self.moments[made.id] = made
        self.publish("moment.created", made.id)
        return made

    async def update(self, caller: Caller, moment_id: str, change: MomentChange) -> Moment:
        """Change a moment's fields."""
        self.check(at_least=Role.MEMBER)
        change = clean_change(change)
        now = self.find(moment_id, lambda each: each.deleted_at is None)
        values = {
            "title": change.title,
            "description": change.description,
            "tags": None if change.tags is None else tuple(change.tags),
            "visibility": change.visibility,
            "slug": "a-slug" if change.visibility in {"unlisted", "public"} else None,
        }
        changed = {name: value for name, value in values.items() if value is not None}
        if now.source_id == "private" and change.visibility in {"unlisted", "public"}:
            raise Conflict("This comes from a private stream.", code="source_private")
        self.moments[moment_id] = replace(now, **cast("Any", changed))
        self.publish("moment.updated", moment_id)
        return self.moments[moment_id]

    async def add_tags(self, caller: Caller, moment_ids: Sequence[str], tags: Sequence[str]) -> int:
        """Add tags to moments."""
        self.check(at_least=Role.MEMBER)
        found = [self.find(each, lambda m: m.deleted_at is None) for each in moment_ids]
        for each in found:
            words = clean_words(None, None, [*each.tags, *tags])
            self.moments[each.id] = replace(each, tags=tuple(words.tags or ()))
            self.publish("moment.updated", each.id)
        return len(found)

    async def delete(self, caller: Caller, moment_ids: Sequence[str]) -> int:
        """Move moments to the bin, all or nothing."""
        return self._move(moment_ids, "deleted", NOW)

    async def restore(self, caller: Caller, moment_ids: Sequence[str]) -> int:
        """Restore moments from the bin, all or nothing."""
        return self._move(moment_ids, "restored", None)

    def _move(self, moment_ids: Sequence[str], what: str, at: datetime | None) -> int:
        self.check(at_least=Role.MEMBER)
        found = [self.find(each, lambda _: True) for each in moment_ids]
        if self.not_mine & set(moment_ids):
            raise Forbidden
        for each in found:
            self.moments[each.id] = replace(each, deleted_at=at)
            self.publish(f"moment.{what}", each.id)
        return len(found)

    def _seen(self) -> Sequence[Moment]:
        return [each for each in self.moments.values() if each.organization_id == "org_1"]

    def find(self, moment_id: str, is_wanted: Callable[[Moment], bool]) -> Moment:
        """Return a moment of the organisation."""
        found = self.moments.get(moment_id)
        if found is None or found.organization_id != "org_1" or not is_wanted(found):
            raise NotFound("Moment not found")
        return found

    def check(self, at_least: Role = Role.VIEWER) -> None:
        """Refuse callers whose session has ended, or whose role is too low."""
        if not self.signed_in:
            raise Unauthenticated
        if self.role < at_least:
            raise Forbidden


class FakeNotices:
    """The caller's notices, newest first."""

    shown = 30

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.rows: list[Notice] = []
        self.off: set[str] = set()
        self.channels: frozenset[Channel] = frozenset({"bell"})

    def tell(self, number: int, title: str, kind: NoticeKind = "stream") -> None:
        """Notify the caller."""
        at = NOW + timedelta(minutes=number)
        made = Notice(f"notice_{number}", kind, title, "Lost.", "/watch/garden", at, is_read=False)
        self.rows.insert(0, made)
        self._changed()

    async def list(self, caller: Caller) -> Sequence[Notice]:
        """Return the newest."""
        self._library.check()
        return self.rows[: self.shown]

    async def unread(self, caller: Caller) -> int:
        """Count those that are unread."""
        self._library.check()
        return sum(not each.is_read for each in self.rows)

    async def mark_read(self, caller: Caller, ids: Collection[str] = ()) -> None:
        """Mark some as read, or all."""
        self._library.check()
        self.rows = [
            replace(each, is_read=each.is_read or not ids or each.id in ids) for each in self.rows
        ]
        self._changed()

    async def muted(self, caller: Caller) -> frozenset[str]:
        """Return what is switched off."""
        self._library.check()
        return frozenset(self.off)

    async def mute(
        self, caller: Caller, kind: str, *, is_muted: bool, channel: Channel = "bell"
    ) -> None:
        """Switch a kind or one of its channels off or on."""
        self._library.check()
        if kind not in get_args(NoticeKind):
            raise BadFields({"kind": "is unknown"})
        (self.off.add if is_muted else self.off.discard)(switch(kind, channel))

    def _changed(self) -> None:
        self._library.publish("notification.changed", "user_1", frozenset({"user_1"}))


class FakeBrowsers:
    """Browsers that get pushes, where there is a key."""

    def __init__(self) -> None:
        self.public_key: str | None = None
        self.targets: list[Target] = []

    async def add(self, caller: Caller, target: Target) -> None:
        """Send to one."""
        check_target(target)
        self.targets.append(target)

    async def remove(self, caller: Caller, endpoint: str) -> None:
        """Stop sending to one."""
        self.targets = [each for each in self.targets if each.endpoint != endpoint]


class _Frames:
    """Frames out of recordings: notes what was asked for."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.asked: list[tuple[str, str, int]] = []

    async def ask(self, caller: Caller, moment_id: str, asset_id: str, at_ms: int) -> None:
        self._library.check(at_least=Role.MEMBER)
        self.asked.append((moment_id, asset_id, at_ms))


class _Captures:
    """Clips and snapshots of moments."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def of_moments(
        self, caller: Caller, moment_ids: Sequence[str]
    ) -> Mapping[str, Snapshot | Clip]:
        self._library.check()
        captures = self._library.captures
        return {each: captures[each] for each in moment_ids if each in captures}

    async def list(self, caller: Caller, wanted: GalleryFilter) -> GalleryPage:
        self._library.check()
        found = [
            each
            for each in self._library.captures.values()
            if each.kind == wanted.kind and wanted.status in {None, getattr(each, "status", None)}
        ]
        return GalleryPage(tuple(found), Count(len(found)), wanted.limit, 0)

    async def unfinished(self, caller: Caller) -> Sequence[Clip]:
        self._library.check()
        captures = self._library.captures.values()
        return [each for each in captures if isinstance(each, Clip) and each.status != "ready"]

    async def get(self, caller: Caller, capture_id: str) -> Snapshot | Clip:
        self._library.check()
        for moment_id, each in self._library.captures.items():
            if each.id == capture_id:
                self._library.find(moment_id, lambda m: m.deleted_at is None)
                return each
        raise NotFound("There is no such clip.")

    async def retry(self, caller: Caller, capture_id: str) -> Snapshot | Clip:
        self._library.check(at_least=Role.MEMBER)
        found = await self.get(caller, capture_id)
        assert isinstance(found, Clip)
        again = replace(found, status="processing", error=None)
        self._library.captures[found.moment_id] = again
        self._library.publish("clip.updated", capture_id)
        return again

    async def trim(self, caller: Caller, clip_id: str, new: NewTrim) -> Clip:
        self._library.check(at_least=Role.MEMBER)
        found = await self.get(caller, clip_id)
        assert isinstance(found, Clip)
        if not 0 <= new.start_ms < new.end_ms <= found.duration_ms:
            raise BadFields({"end_ms": "must be inside the clip"})
        parent = self._library.moments[found.moment_id]
        made = replace(parent, id="moment_trim", title=f"{parent.title}, trimmed")
        self._library.moments[made.id] = made
        trimmed = replace(
            found,
            id="clip_moment_trim",
            moment_id=made.id,
            status="processing",
            duration_ms=new.end_ms - new.start_ms,
        )
        self._library.captures[made.id] = trimmed
        self._library.publish("moment.created", made.id)
        return trimmed


class _Assets:
    """Files of moments."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def covers(self, caller: Caller, moment_ids: Sequence[str]) -> Mapping[str, Cover]:
        self._library.check()
        covers = {}
        for each in moment_ids:
            files = self._library.assets.get(each, [])
            states = [file.processing_status for file in files]
            pictures = [file.preview_url for file in files if file.preview_url]
            unfinished = states.count("pending") + states.count("processing")
            covers[each] = Cover(next(iter(pictures), None), unfinished, states.count("failed"))
        return covers

    async def archive(self, caller: Caller, moment_ids: Sequence[str]) -> Archive:
        self._library.check()
        if not any(self._library.assets.get(each) for each in moment_ids):
            raise Conflict("These moments have no files yet.", code="no_files")
        return Archive("Moments.zip", self._no_bytes())

    async def arriving(self, caller: Caller) -> Sequence[tuple[Asset, int]]:
        self._library.check()
        files = [file for each in self._library.assets.values() for file in each]
        return [(each, 2_400_000) for each in files if each.processing_status == "pending"]

    async def unfinished(self, caller: Caller) -> Sequence[Asset]:
        self._library.check()
        files = [file for each in self._library.assets.values() for file in each]
        return [file for file in files if file.processing_status == "processing"]

    @staticmethod
    async def _no_bytes() -> AsyncGenerator[bytes, None]:
        yield b""

    async def list(self, caller: Caller, moment_id: str) -> Sequence[Asset]:
        self._library.check()
        self._library.find(moment_id, lambda each: each.deleted_at is None)
        return self._library.assets.get(moment_id, [])


def asset(moment_id: str, name: str, **values: Any) -> Asset:  # noqa: ANN401 (any field)
    """Return a file of a moment."""
    made = Asset(
        id=name,
        moment_id=moment_id,
        asset_type="other",
        file=MediaFile("bucket", name, "text/plain", 1200, name),
        generation="1",
        sha256=None,
        metadata={},
        processing_status="completed",
        processing_error=None,
        upload_method="api",
        uploaded_by=None,
        uploaded_by_vm=None,
        download_url=f"/files/{name}",
        preview_url=None,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **values)


class _Uploads:
    """Uploads of files to moments."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def begin(self, caller: Caller, moment_id: str, new: NewAsset) -> Upload:
        self._library.check(at_least=Role.MEMBER)
        self._library.find(moment_id, lambda each: each.deleted_at is None)
        if new.file_name == "full.zip":
            raise Conflict("This moment has 500 files already.")
        files = self._library.assets.setdefault(moment_id, [])
        file = MediaFile("bucket", new.file_name, new.mime_type, new.file_size_bytes, new.file_name)
        made = asset(
            moment_id,
            f"asset_{len(files)}",
            asset_type=new.asset_type,
            file=file,
            processing_status="pending",
        )
        files.append(made)
        return Upload(made.id, f"http://localhost:8000/files/{made.id}?signed", file.key)


class _Streams:
    """Streams by their slugs."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def get(self, caller: Caller, id_or_slug: str) -> StreamRef:
        self._library.check()
        if id_or_slug != "garden":
            raise NotFound("There is no such stream.")
        return StreamRef("stream_1", "garden", "Garden")


class _Pages:
    """Moments' own addresses."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def urls(self, moments: Sequence[Moment]) -> Mapping[str, str]:
        return {
            each.id: f"http://localhost:8000/m/{each.slug}"
            for each in moments
            if each.slug and each.visibility in {"unlisted", "public"}
        }


class _Sharing:
    """Share links."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def links(self, caller: Caller, subject_id: str) -> Sequence[ShareLink]:
        self._library.check()
        return [each for each in self._library.links if subject_id in each.subject_ids]

    async def share(self, caller: Caller, subject_ids: Sequence[str], new: NewShare) -> ShareLink:
        self._library.check(at_least=Role.MEMBER)
        url = f"http://localhost:8000/s/token{len(self._library.links)}"
        if new.password is not None and len(new.password) < 4:
            raise BadFields({"password": "must have at least 4 characters"})
        number = len(self._library.links)
        lifetime = timedelta(seconds=new.expires_in_s) if new.expires_in_s else None
        link = ShareLink(
            id=f"share_{number}",
            subject_ids=tuple(subject_ids),
            url=url,
            token=f"token{number}",
            has_password=new.password is not None,
            may_download=new.may_download,
            created_at=NOW + timedelta(seconds=number),
            created_by="user_1",
            expires_at=NOW + lifetime if lifetime else None,
            views=0,
        )
        self._library.links.append(link)
        return link

    async def revoke(self, caller: Caller, token: str, *, subject_id: str | None = None) -> None:
        self._library.check(at_least=Role.MEMBER)
        kept = [each for each in self._library.links if each.token != token]
        if len(kept) == len(self._library.links):
            raise NotFound("There is no such link.")
        self._library.links = kept


def _key(moment: Moment) -> tuple[datetime, str]:
    return moment.created_at, moment.id


def _matches(moment: Moment, wanted: MomentFilter, *, is_shared: bool) -> bool:
    text = f"{moment.title} {moment.description} {' '.join(moment.tags)}".lower()
    creator = moment.created_by.id if moment.created_by else None
    return (
        (moment.deleted_at is not None) is wanted.is_deleted
        and (not wanted.ids or moment.id in wanted.ids)
        and (not wanted.kinds or moment.kind in wanted.kinds)
        and set(wanted.tags) <= set(moment.tags)
        and wanted.vm_id in {None, moment.vm_id}
        and wanted.git_branch in {None, moment.git.branch}
        and wanted.created_by in {None, creator}
        and (not wanted.source_ids or moment.source_id in wanted.source_ids)
        and wanted.vm_id in {None, moment.vm_id}
        and wanted.is_shared in {None, is_shared}
        and (wanted.start is None or moment.created_at >= wanted.start)
        and (wanted.end is None or moment.created_at < wanted.end)
        and all(word in text for word in wanted.q.lower().split())
    )
