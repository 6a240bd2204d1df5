"""Streams and their captures in memory: the contract of the services that the live pages use."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from domain.accounts.models import Caller, Role
from domain.bootstrap import Services
from domain.captures.models import (
    CaptureChange,
    Clip,
    GalleryFilter,
    GalleryPage,
    NewClip,
    NewSnapshot,
    Snapshot,
)
from domain.core.errors import Forbidden, MomentsError, NotFound
from domain.core.time import Span
from domain.live.models import NewStream, Publishing, Source, Stream, StreamRef, Watch
from domain.live.wire import VideoInfo
from domain.moments.models import Count
from tests.fakes.library import NOW, FakeLibrary, clip

_VIDEO = VideoInfo(codec="h264", width=1280, height=720, fps=29.97, bitrate_kbps=2500)
_KEY = Publishing("pk_key", "http://localhost/whip/a", "rtmp://localhost/live/pk_key")


def stream(name: str, **values: Any) -> Stream:  # noqa: ANN401 (any field)
    """Return a stream that is on air."""
    slug = name.lower()
    made = Stream(
        id=f"stream_{slug}",
        organization_id="org_1",
        name=name,
        slug=slug,
        source=Source("demo"),
        buffer_s=120,
        visibility="organization",
        allow_capture=False,
        created_at=NOW,
        created_by="user_1",
        status="live",
        error=None,
        state="healthy",
        reason=None,
        since=NOW,
        last_on_air=None,
        window=Span(NOW - timedelta(minutes=2), NOW),
        video=_VIDEO,
        audio=None,
        viewers=0,
        hls_url=f"/media/hls/{slug}/index.m3u8",
        publishing=None,
        whep_url=f"/media/whep/{slug}",
        poster_url=f"/media/hls/{slug}/frame-latest.jpg",
    )
    return replace(made, **values)


def off_air(name: str, **values: Any) -> Stream:  # noqa: ANN401 (any field)
    """Return a stream that was on air once."""
    defaults: dict[str, Any] = {"status": "offline", "state": "off_air", "window": None}
    return stream(name, **(defaults | {"video": None} | values))


def snapshot(number: int, of: Stream, **values: Any) -> Snapshot:  # noqa: ANN401 (any field)
    """Return a snapshot of a stream."""
    made = Snapshot(
        id=f"snap_{number}",
        asset_id=f"asset_snap_{number}",
        organization_id="org_1",
        moment_id=f"moment_snap_{number}",
        stream=StreamRef(of.id, of.slug, of.name),
        title=f"{of.name} {number}",
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
        url=f"/files/snap_{number}",
        thumbnail_url=f"/files/thumb_{number}",
    )
    return replace(made, **values)


class FakeLive(FakeLibrary):
    """An organisation with streams; what is captured from them is kept."""

    def __init__(self, streams: Sequence[Stream] = ()) -> None:
        super().__init__()
        self.streams = {each.id: each for each in streams}
        self.taken: list[Snapshot | Clip] = []
        self.wanted: list[NewSnapshot | NewClip] = []
        self.retried: list[str] = []
        self.next_clip: dict[str, Any] = {}  # fields of the clip that is made next
        self.refusal: MomentsError | None = None

    def services(self) -> Services:
        """Return what a page asks, as the wiring names it."""
        found = cast("SimpleNamespace", super().services())
        captures = _Captures(self)
        found.streams = _Streams(self)
        found.snapshots = found.clips = found.gallery = captures
        return cast("Services", found)

    def change(self, stream_id: str, **values: Any) -> None:  # noqa: ANN401 (any field)
        """Change a stream without an event, as its node does."""
        self.streams[stream_id] = replace(self.streams[stream_id], **values)

    def stream(self, id_or_slug: str) -> Stream:
        """Return a stream of the organisation."""
        self.check()
        for each in self.streams.values():
            if id_or_slug in {each.id, each.slug} and each.organization_id == "org_1":
                return each
        raise NotFound("There is no such stream. Check the name in the list of streams.")

    def keep(self, made: Snapshot | Clip) -> None:
        """Keep a capture, new or changed."""
        self.taken = [made, *(each for each in self.taken if each.id != made.id)]


class _Streams:
    def __init__(self, live: FakeLive) -> None:
        self._live = live

    async def list(
        self, caller: Caller, *, limit: int = 50, offset: int = 0
    ) -> tuple[Sequence[Stream], Count]:
        self._live.check()
        found = [each for each in self._live.streams.values() if each.organization_id == "org_1"]
        return found[offset : offset + limit], Count(len(found))

    async def get(self, caller: Caller, id_or_slug: str) -> Stream:
        return self._live.stream(id_or_slug)

    async def watch(self, caller: Caller | None, id_or_slug: str) -> Watch:
        found = self._live.stream(id_or_slug)
        base = f"/media/hls/{found.slug}"
        return Watch(
            stream=found,
            hls_url=found.hls_url,
            status_url=f"{base}/status.json",
            frame_url=f"{base}/frame-",
            may_capture=self._live.role >= Role.MEMBER,
            expires_at=NOW + timedelta(hours=1),
        )

    async def retry(self, caller: Caller, id_or_slug: str) -> None:
        found = self._live.stream(id_or_slug)
        if self._live.role < Role.ADMIN and found.created_by != caller.user_id:
            raise Forbidden
        self._live.retried.append(found.id)

    async def create(self, caller: Caller, new: NewStream) -> Stream:
        self._live.check(at_least=Role.MEMBER)
        publishing = _KEY if new.source.kind == "push" else None
        made = off_air(new.name, source=new.source, publishing=publishing)
        self._live.streams[made.id] = made
        self._live.publish("stream.created", made.id)
        return made


class _Captures:
    def __init__(self, live: FakeLive) -> None:
        self._live = live

    async def unfinished(self, caller: Caller) -> Sequence[Clip]:
        return [
            each for each in self._live.taken if isinstance(each, Clip) and each.status != "ready"
        ]

    async def create(self, caller: Caller, new: NewSnapshot | NewClip) -> Snapshot | Clip:
        live = self._live
        live.check(at_least=Role.MEMBER)
        if live.refusal is not None:
            raise live.refusal
        live.wanted.append(new)
        of = live.stream(new.stream or "")
        number = len(live.taken) + 1
        made: Snapshot | Clip
        if isinstance(new, NewSnapshot):
            made = snapshot(number, of)
        else:
            values = {"duration_ms": new.duration_ms, "title": f"{of.name} {number}"}
            ref = StreamRef(of.id, of.slug, of.name)
            made = clip(f"moment_{number}", stream=ref, **(values | live.next_clip))
        live.keep(made)
        live.publish(f"{made.kind}.created", made.id)
        return made

    async def get(self, caller: Caller, capture_id: str) -> Snapshot | Clip:
        self._live.check()
        for each in self._live.taken:
            if each.id == capture_id:
                return each
        raise NotFound("There is no such clip.")

    async def update(
        self, caller: Caller, capture_id: str, change: CaptureChange
    ) -> Snapshot | Clip:
        self._live.check(at_least=Role.MEMBER)
        found = await self.get(caller, capture_id)
        labels = tuple(each.strip() for each in change.labels or () if each.strip())
        made = replace(
            found, title=change.title or found.title, note=change.note or "", labels=labels
        )
        self._live.keep(made)
        self._live.publish(f"{made.kind}.updated", made.id)
        return made

    async def list(self, caller: Caller, wanted: GalleryFilter) -> GalleryPage:
        self._live.check()
        found = [
            each
            for each in self._live.taken
            if (not wanted.streams or (each.stream and each.stream.id in wanted.streams))
            and (wanted.created_by in {None, each.created_by})
        ]
        items = tuple(found[: wanted.limit])
        return GalleryPage(items, Count(len(found)), wanted.limit, wanted.offset)
