"""Snapshots and clips in wire format, and their shared fields."""

from typing import Annotated

from msgspec import Meta

from domain.captures.models import Capture, CaptureChange, Clip, Notes, Snapshot
from domain.sharing.models import NewShare, ShareLink
from webapp.api.schemas import In, Instant, Out, Page, instant

Label = Annotated[str, Meta(min_length=1, max_length=50)]
Labels = Annotated[list[Label], Meta(max_length=30, examples=[["fetch", "training"]])]
MAX_LIFETIME_S = 10 * 365 * 24 * 3600


class CaptureIn(In, frozen=True, kw_only=True):
    """Fields of every new capture: its stream (by default the only one), title, note and labels."""

    stream: Annotated[str, Meta(description="Id or slug.", examples=["garden"])] | None = None
    title: str | None = None
    note: str | None = None
    labels: Labels | None = None
    moment_id: str | None = None

    def notes(self) -> Notes:
        """Return a new capture's title, note and labels."""
        return Notes(
            title=self.title or "",
            note=self.note or "",
            labels=self.labels or (),
            moment_id=self.moment_id,
        )


class CapturePatch(In, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged."""

    title: str | None = None
    note: str | None = None
    labels: Labels | None = None


class StreamRefOut(Out, frozen=True, kw_only=True):
    """The stream of a capture."""

    id: str
    slug: str
    name: str


class SnapshotOut(Out, frozen=True, kw_only=True, tag_field="kind", tag="snapshot"):
    """A still and the instant it shows. URLs are signed and last an hour."""

    id: Annotated[str, Meta(examples=["snap_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    moment_id: str
    stream: StreamRefOut | None
    timestamp: Instant
    requested_timestamp: Instant
    title: str
    note: str
    labels: list[str]
    width: int | None
    height: int | None
    mime_type: str
    size_bytes: int | None
    file_name: str
    url: str
    thumbnail_url: str
    share_url: str | None
    created_at: Instant
    created_by: str | None
    deleted_at: Instant | None


class ClipOut(Out, frozen=True, kw_only=True, tag_field="kind", tag="clip"):
    """A finished clip, or one in progress. URLs are signed and last an hour.

    Once it is `ready`, `start_ts`, `end_ts` and `duration_ms` are the file's actual span, to the
    frame; `error` then says why it is shorter than requested, if it is.
    """

    id: Annotated[str, Meta(examples=["clip_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    moment_id: str
    stream: StreamRefOut | None
    status: Annotated[str, Meta(examples=["ready"])]
    error: str | None
    start_ts: Instant
    end_ts: Instant
    duration_ms: int
    requested_start_ts: Instant
    requested_end_ts: Instant
    title: str
    note: str
    labels: list[str]
    width: int | None
    height: int | None
    has_audio: bool | None
    size_bytes: int | None
    file_name: str
    url: str | None
    preview_url: str | None
    share_url: str | None
    parent_id: str | None
    created_at: Instant
    created_by: str | None
    deleted_at: Instant | None


class ShareIn(In, frozen=True, kw_only=True):
    """Share options; by default the link never expires and needs no password."""

    expires_in_s: Annotated[int, Meta(ge=1, le=MAX_LIFETIME_S)] | None = None
    password: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    may_download: bool = True


class ShareOut(Out, frozen=True, kw_only=True):
    """A link that anybody can open until it expires or is revoked."""

    id: str
    share_url: str
    token: str
    expires_at: Instant | None
    has_password: bool
    may_download: bool
    views: int
    subject_ids: list[str]
    created_at: Instant
    created_by: str | None


class SharePage(Page, frozen=True, kw_only=True):
    """The valid links to something."""

    items: list[ShareOut]


def change(data: CapturePatch) -> CaptureChange:
    """Return the changes to a capture."""
    return CaptureChange(title=data.title, note=data.note, labels=data.labels)


def new_share(data: ShareIn | None) -> NewShare:
    """Return the share options; a missing body means the defaults."""
    if data is None:
        return NewShare()
    return NewShare(
        expires_in_s=data.expires_in_s, password=data.password, may_download=data.may_download
    )


def _ref(capture: Capture) -> StreamRefOut | None:
    ref = capture.stream
    return StreamRefOut(id=ref.id, slug=ref.slug, name=ref.name) if ref else None


def snapshot_out(snapshot: Snapshot, share_url: str | None = None) -> SnapshotOut:
    """Return a snapshot in wire format."""
    return SnapshotOut(
        id=snapshot.id,
        moment_id=snapshot.moment_id,
        stream=_ref(snapshot),
        timestamp=instant(snapshot.timestamp) or "",
        requested_timestamp=instant(snapshot.requested_timestamp) or "",
        title=snapshot.title,
        note=snapshot.note,
        labels=list(snapshot.labels),
        width=snapshot.width,
        height=snapshot.height,
        mime_type=snapshot.mime_type,
        size_bytes=snapshot.size_bytes,
        file_name=snapshot.file_name,
        url=snapshot.url,
        thumbnail_url=snapshot.thumbnail_url,
        share_url=share_url,
        created_at=instant(snapshot.created_at) or "",
        created_by=snapshot.created_by,
        deleted_at=instant(snapshot.deleted_at),
    )


def clip_out(clip: Clip, share_url: str | None = None) -> ClipOut:
    """Return a clip in wire format."""
    return ClipOut(
        id=clip.id,
        moment_id=clip.moment_id,
        stream=_ref(clip),
        status=clip.status,
        error=clip.error,
        start_ts=instant(clip.start_ts) or "",
        end_ts=instant(clip.end_ts) or "",
        duration_ms=clip.duration_ms,
        requested_start_ts=instant(clip.requested_start_ts) or "",
        requested_end_ts=instant(clip.requested_end_ts) or "",
        title=clip.title,
        note=clip.note,
        labels=list(clip.labels),
        width=clip.width,
        height=clip.height,
        has_audio=clip.has_audio,
        size_bytes=clip.size_bytes,
        file_name=clip.file_name,
        url=clip.url,
        preview_url=clip.preview_url,
        share_url=share_url,
        parent_id=clip.parent_id,
        created_at=instant(clip.created_at) or "",
        created_by=clip.created_by,
        deleted_at=instant(clip.deleted_at),
    )


def capture_out(capture: Snapshot | Clip, share_url: str | None = None) -> SnapshotOut | ClipOut:
    """Return a snapshot or a clip in wire format."""
    if isinstance(capture, Snapshot):
        return snapshot_out(capture, share_url)
    return clip_out(capture, share_url)


def share_out(link: ShareLink) -> ShareOut:
    """Return a share link in wire format."""
    return ShareOut(
        id=link.id,
        share_url=link.url,
        token=link.token,
        expires_at=instant(link.expires_at),
        has_password=link.has_password,
        may_download=link.may_download,
        views=link.views,
        subject_ids=list(link.subject_ids),
        created_at=instant(link.created_at) or "",
        created_by=link.created_by,
    )
