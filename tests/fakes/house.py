"""A whole organisation in memory: people, tokens, VMs, streams and the store beside its moments."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from domain.accounts.models import Caller, Role
from domain.bootstrap import Services
from domain.captures.models import GalleryCounts, GalleryFilter
from domain.core.errors import Conflict, Forbidden, MomentsError, NodeUnavailable, NotFound
from domain.core.settings import Settings
from domain.infra.queue import ParkedJob, QueueState
from domain.infra.storage.objects import Backlog
from domain.live.models import NewStream, Publishing, Source, Stream, StreamChange
from domain.live.stream_rules import SourceRules, check_stream
from domain.live.wire import Figures
from domain.moments.models import Count, Usage
from tests.fakes.library import NOW, FakeLibrary
from tests.fakes.people import (
    FakeAccounts,
    FakeErasure,
    FakeFirstStart,
    FakeMembers,
    FakeResets,
    FakeTokens,
    FakeVms,
)
from tests.fakes.retention import FakePolicies
from tests.fakes.webhooks import FakeWebhooks


def stream(name: str = "Garden", **values: Any) -> Stream:  # noqa: ANN401 (any field)
    """Return a push stream of Ada's that was never on air."""
    made = Stream(
        id=f"stream_{name.lower()}",
        organization_id="org_1",
        name=name,
        slug=name.lower(),
        source=Source("push"),
        buffer_s=120,
        visibility="organization",
        allow_capture=False,
        created_at=NOW,
        created_by="user_1",
        status="offline",
        error=None,
        state="never_on_air",
        reason=None,
        since=None,
        last_on_air=None,
        window=None,
        video=None,
        audio=None,
        viewers=0,
        hls_url="",
        publishing=Publishing("key_0"),
    )
    return replace(made, **values)


class FakeHouse(FakeLibrary):
    """The services that settings, streams and the entrance use."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings(demo=False, home=Path.cwd())
        self.accounts = FakeAccounts(self)
        self.erasure = FakeErasure(self, self.accounts)
        self.first_start = FakeFirstStart(self.accounts)
        self.members = FakeMembers(self, self.accounts)
        self.resets = FakeResets(self, self.accounts)
        self.tokens = FakeTokens(self)
        self.vms = FakeVms(self)
        self.webhooks = FakeWebhooks(self)
        self.policies = FakePolicies(self)
        self.streams = FakeStreams(self)
        self.store = FakeStore(self)

    def services(self) -> Services:
        """Return what pages ask, as the wiring names it."""
        made = vars(super().services()) | {
            "settings": self.settings,
            "accounts": self.accounts,
            "erasure": self.erasure,
            "first_start": self.first_start,
            "members": self.members,
            "resets": self.resets,
            "tokens": self.tokens,
            "vms": self.vms,
            "webhooks": self.webhooks,
            "policies": self.policies,
            "streams": self.streams,
            "database": self.store,
            "nodes": self.store,
            "storage": self.store,
            "queue": self.store,
            "parked_jobs": self.store,
            "reports": self.profiles,
        }
        made["gallery"].counts = self.store.counts
        made["moment_assets"].usage = self.store.usage
        return cast("Services", SimpleNamespace(**made))


class FakeStreams:
    """Streams."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.rows: dict[str, Stream] = {}
        self.broken: MomentsError | None = None
        self.figures: Sequence[Figures] | None = ()  # None: no node runs it
        self._keys = 0

    def put(self, *streams: Stream) -> None:
        """Keep these."""
        self.rows |= {each.id: each for each in streams}

    async def list(
        self, caller: Caller, *, limit: int = 50, offset: int = 0
    ) -> tuple[Sequence[Stream], int]:
        """List the streams."""
        self._library.check()
        return list(self.rows.values())[offset : offset + limit], len(self.rows)

    async def get(self, caller: Caller, id_or_slug: str) -> Stream:
        """Return one stream."""
        self._library.check()
        if self.broken is not None:
            raise self.broken
        for each in self.rows.values():
            if id_or_slug in {each.id, each.slug} and each.organization_id == "org_1":
                return each
        raise NotFound("There is no such stream, or it is private.")

    async def create(self, caller: Caller, new: NewStream) -> Stream:
        """Create a stream."""
        self._library.check(at_least=Role.ADMIN if new.source.kind == "pull" else Role.MEMBER)
        check_stream(name=new.name, slug=new.slug, buffer_s=new.buffer_s, visibility=new.visibility)
        await SourceRules(Settings()).check(new.source)
        made = stream(
            new.name,
            source=new.source,
            buffer_s=new.buffer_s,
            visibility=new.visibility,
            allow_capture=new.allow_capture,
            status="connecting",
            state="connecting",
        )
        self.put(made)
        return made

    async def update(self, caller: Caller, id_or_slug: str, change: StreamChange) -> Stream:
        """Change a stream."""
        now = await self._to_run(caller, id_or_slug)
        if change.slug in {each.slug for each in self.rows.values()} - {now.slug}:
            raise Conflict("Another stream has this name in URLs. Choose another one.")
        values = {
            name: value
            for name in ("name", "slug", "source", "buffer_s", "visibility", "allow_capture")
            if (value := getattr(change, name)) is not None
        }
        self.put(replace(now, **values))
        return self.rows[now.id]

    async def delete(self, caller: Caller, id_or_slug: str) -> None:
        """Delete a stream."""
        del self.rows[(await self._to_run(caller, id_or_slug)).id]

    async def rotate_key(self, caller: Caller, id_or_slug: str) -> Stream:
        """Replace the publish key."""
        now = await self._to_run(caller, id_or_slug)
        self._keys += 1
        self.put(replace(now, publishing=Publishing(f"key_{self._keys}")))
        return self.rows[now.id]

    async def history(self, caller: Caller, id_or_slug: str) -> Sequence[Figures]:
        """Return the last minutes' figures."""
        await self._to_run(caller, id_or_slug)
        if self.figures is None:
            raise NodeUnavailable("No media node is running this stream right now.")
        return self.figures

    async def _to_run(self, caller: Caller, id_or_slug: str) -> Stream:
        found = await self.get(caller, id_or_slug)
        if found.created_by != "user_1" and self._library.role < Role.ADMIN:
            raise Forbidden("Only the creator of the stream and admins can do this.")
        return found


class FakeStore:
    """The database and the store, the nodes, the queue and the parked jobs."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.broken: MomentsError | None = None
        self.trouble: MomentsError | None = None
        self.waiting: Backlog | None = None
        self.parked: dict[str, ParkedJob] = {}
        self.retried: list[str] = []
        self.has_node = True

    async def nodes(self) -> list[SimpleNamespace]:
        """Return the media nodes."""
        return [SimpleNamespace(is_alive=self.has_node)]

    async def ping(self) -> None:
        """Answer, or not."""
        if self.trouble is not None:
            raise self.trouble

    async def backlog(self) -> Backlog | None:
        """Return what waits."""
        if self.broken is not None:
            raise self.broken
        return self.waiting

    async def state(self) -> QueueState:
        """Return the queue's counts."""
        return QueueState(3, 1, len(self.parked), 0)

    async def counts(self, caller: Caller, wanted: GalleryFilter) -> GalleryCounts:
        """Return the captures' counts."""
        self._library.check()
        return GalleryCounts(Count(4), Count(1), Count(0), Count(0))

    async def usage(self, caller: Caller) -> Usage:
        """Return the bytes in use."""
        self._library.check()
        return Usage(5, 34_000_000)

    async def list(self, caller: Caller) -> Sequence[ParkedJob]:
        """List the parked jobs."""
        self._library.check(at_least=Role.ADMIN)
        return list(self.parked.values())

    async def retry(self, caller: Caller, job_id: str) -> None:
        """Requeue one."""
        await self.discard(caller, job_id)
        self.retried.append(job_id)

    async def discard(self, caller: Caller, job_id: str) -> None:
        """Delete one."""
        self._library.check(at_least=Role.ADMIN)
        if self.parked.pop(job_id, None) is None:
            raise NotFound("There is no such parked job. It may have been requeued already.")
