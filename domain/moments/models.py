"""Moments as other code sees them: immutable values, no rows.

Events (`Events.publish`) of this package contain `{"id": …}`:
`moment.created|updated|deleted|restored`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

# A job of whichever package understands media: `{"moment_id": …}`, once the moment has a file.
UNDERSTAND_JOB: Final = "moments.understand"
Kind = Literal["clip", "snapshot", "commit", "mark", "video", "note"]
Visibility = Literal["private", "organization", "unlisted", "public"]
AssetType = Literal["screenshot", "screen_recording", "log_file", "config_file", "other"]
UploadMethod = Literal["web_ui", "api", "vm_agent", "cli"]
ProcessingStatus = Literal["pending", "processing", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A stored file's location, for a face that streams or redirects to it."""

    bucket: str
    key: str
    content_type: str
    size_bytes: int
    file_name: str


@dataclass(frozen=True, slots=True)
class Git:
    """A moment's commit; unknown fields are None."""

    branch: str | None = None
    commit_hash: str | None = None
    commit_message: str | None = None
    author: str | None = None
    author_email: str | None = None
    commit_date: datetime | None = None
    diff: str | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """One utterance in a moment."""

    text: str
    speaker_identifier: str
    timestamp: datetime | None = None
    emotion: str | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """A moment's transcript and emotions; people and jobs write them."""

    images: Sequence[str] = ()  # URIs of representative pictures
    speakers: Sequence[Speaker] = ()
    key_emotions: Sequence[str] = ()
    emotion_tags: Sequence[str] = ()
    topic_tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MediaSource:
    """The provider of a moment's media."""

    provider: str
    provider_id: str | None = None
    url: str | None = None
    title: str | None = None
    artist: str | None = None
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class UserRef:
    """A person, as others in the organisation see them."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class VmRef:
    """A registered virtual machine."""

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A record from any source."""

    id: str
    organization_id: str
    kind: Kind
    title: str
    description: str
    tags: tuple[str, ...]
    visibility: Visibility
    slug: str | None
    metadata: Mapping[str, Any]
    git: Git
    insight: Insight
    source_id: str | None
    source_name: str | None
    source: MediaSource | None
    start_s: int | None
    end_s: int | None
    created_by: UserRef | None
    vm: VmRef | None
    vm_id: str | None
    created_by_vm: str | None
    asset_count: int
    had_link: bool  # no share link shows it otherwise
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a moment. The URLs are signed and last an hour; None until there are bytes."""

    id: str
    moment_id: str
    asset_type: AssetType
    file: MediaFile
    generation: str | None
    sha256: str | None
    metadata: Mapping[str, Any]
    processing_status: ProcessingStatus
    processing_error: str | None
    upload_method: UploadMethod
    uploaded_by: UserRef | None
    uploaded_by_vm: str | None
    download_url: str | None
    preview_url: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What an organisation stores."""

    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class NewMoment:
    """A new moment."""

    title: str
    description: str = ""
    tags: Sequence[str] = ()
    kind: Kind | None = None  # None: `commit` with git facts, else `note`
    visibility: Visibility = "organization"
    slug: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    vm_id: str | None = None
    git: Git = field(default_factory=Git)
    source: MediaSource | None = None
    start_s: int | None = None
    end_s: int | None = None
    insight: Insight = field(default_factory=Insight)


@dataclass(frozen=True, slots=True)
class MomentChange:
    """Changes to a moment; None leaves a field unchanged."""

    title: str | None = None
    description: str | None = None
    tags: Sequence[str] | None = None
    visibility: Visibility | None = None
    slug: str | None = None
    start_s: int | None = None
    end_s: int | None = None
    images: Sequence[str] | None = None
    speakers: Sequence[Speaker] | None = None
    key_emotions: Sequence[str] | None = None
    emotion_tags: Sequence[str] | None = None
    topic_tags: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A page's start: after the moment with this creation time and id."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """List filters; all given ones apply."""

    ids: Sequence[str] = ()  # only among these
    kinds: Sequence[Kind] = ()  # any of them
    tags: Sequence[str] = ()  # all of them
    vm_id: str | None = None
    git_branch: str | None = None
    created_by: str | None = None
    provider: str | None = None
    source_ids: Sequence[str] = ()  # any of them: streams, tracks, …
    start: datetime | None = None  # created at or after
    end: datetime | None = None  # created before
    q: str = ""  # words in any text of the moment; the last one may be a prefix
    is_shared: bool | None = None
    is_deleted: bool = False  # True: the bin instead
    limit: int = 50
    offset: int = 0
    after: Cursor | None = None  # instead of an offset
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are: exact where counting reads little, else the planner's estimate."""

    value: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class MomentPage:
    """One page of moments."""

    items: tuple[Moment, ...]
    total: Count
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that lists can be filtered by, its label, and how many recent moments have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The filters' values among an organisation's recent moments, most used first."""

    tags: tuple[Facet, ...] = ()
    branches: tuple[Facet, ...] = ()
    sources: tuple[Facet, ...] = ()
    people: tuple[Facet, ...] = ()
    vms: tuple[Facet, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """A moment's card: its signed picture, if any, and its files' states."""

    picture_url: str | None = None
    unfinished: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class NewAsset:
    """A file to upload to a moment."""

    asset_type: AssetType
    file_name: str
    mime_type: str
    file_size_bytes: int
    upload_method: UploadMethod


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to upload a new asset: one PUT, or tus 1.0 on the same URL."""

    asset_id: str
    url: str
    path: str
