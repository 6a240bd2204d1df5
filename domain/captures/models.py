"""Snapshots and clips as the faces see them: immutable values, no rows.

Events (`Events.publish`) of this package contain `{"id": …}` and, if it changed, `"status"`:
`snapshot.created|updated|deleted|restored`, `clip.created|updated|ready|failed|deleted|restored`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.live.models import StreamRef
from domain.live.wire import ImageFormat
from domain.moments.models import Count, Cursor

ClipStatus = Literal["recording", "processing", "ready", "failed"]
CaptureKind = Literal["snapshot", "clip"]


@dataclass(frozen=True, slots=True)
class Capture:
    """Fields that snapshots and clips share."""

    id: str
    organization_id: str
    moment_id: str
    asset_id: str | None  # its file among its moment's; None until there is one
    stream: StreamRef | None
    title: str
    note: str
    labels: tuple[str, ...]
    width: int | None
    height: int | None
    size_bytes: int | None
    file_name: str
    created_at: datetime
    created_by: str | None
    deleted_at: datetime | None
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Snapshot(Capture):
    """A still and the instant it shows. URLs are signed and last an hour."""

    timestamp: datetime
    requested_timestamp: datetime
    mime_type: str
    url: str
    thumbnail_url: str
    kind: CaptureKind = "snapshot"


@dataclass(frozen=True, slots=True)
class Clip(Capture):
    """A finished clip, or one in progress, with its span.

    `start_ts`, `end_ts` and `duration_ms` are the actual span once it is ready, and the requested
    one until then. URLs are signed, last an hour, and are None until there are bytes.
    """

    status: ClipStatus
    error: str | None  # why it failed; or, when ready, why it is shorter than requested
    start_ts: datetime
    end_ts: datetime
    requested_start_ts: datetime
    requested_end_ts: datetime
    duration_ms: int
    has_audio: bool | None
    url: str | None
    preview_url: str | None
    parent_id: str | None  # the clip it was trimmed from
    kind: CaptureKind = "clip"


@dataclass(frozen=True, slots=True)
class Notes:
    """A new capture's title, note and labels."""

    title: str = ""
    note: str = ""
    labels: Sequence[str] = ()
    moment_id: str | None = None  # its moment; None creates one


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A still of a stream, at an instant or now. `stream` defaults to the only one."""

    stream: str | None = None
    timestamp: datetime | None = None
    format: ImageFormat = "jpeg"
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class NewFrame:
    """An uploaded image: a `data:` URL with base64, or bare base64."""

    frame_data: str
    timestamp: datetime | None = None
    stream: str | None = None
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class NewClip:
    """A range: `start_ts` and `duration_ms`, or `last_ms`; `wait` allows a future one."""

    stream: str | None = None
    start_ts: datetime | None = None
    duration_ms: int | None = None
    last_ms: int | None = None
    wait: bool = False
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class NewTrim:
    """A sub-range of a clip, half-open, in milliseconds from the clip's first frame."""

    start_ms: int
    end_ms: int
    title: str | None = None  # None: the clip's own


@dataclass(frozen=True, slots=True)
class CaptureChange:
    """Changes to a capture; None leaves a field unchanged."""

    title: str | None = None
    note: str | None = None
    labels: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class GalleryFilter:
    """List filters; all given ones apply. Newest first."""

    kind: CaptureKind | None = None
    labels: Sequence[str] = ()  # all of them
    streams: Sequence[str] = ()  # any of them, ids or slugs
    start: datetime | None = None  # captured at or after
    end: datetime | None = None  # captured before
    q: str = ""  # words in title, note, labels or stream name; the last one may be a prefix
    status: ClipStatus | None = None
    created_by: str | None = None
    shared: bool | None = None
    deleted: bool | None = False  # True: the bin instead of the gallery; None: both
    limit: int = 50
    offset: int = 0
    after: Cursor | None = None  # instead of an offset


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """One page of the gallery."""

    items: tuple[Snapshot | Clip, ...]
    total: Count
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class GalleryCounts:
    """The number of captures per tab."""

    clips: Count
    snapshots: Count
    shared: Count
    deleted: Count


@dataclass(frozen=True, slots=True)
class VisitorCapture:
    """A visitor's capture, and the link to it."""

    id: str
    kind: Literal["snapshot", "clip"]
    status: str
    share_url: str
    token: str
