"""What sharing looks like to the faces."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.moments.models import MediaFile


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A revocable capability to see something without an account."""

    id: str
    subject_ids: tuple[str, ...]  # moments, clips and snapshots
    url: str
    token: str
    has_password: bool
    may_download: bool
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    views: int


@dataclass(frozen=True, slots=True)
class NewShare:
    """How something is to be shared."""

    expires_in_s: int | None = None
    password: str | None = None
    may_download: bool = True


@dataclass(frozen=True, slots=True)
class PublicItem:
    """One shared picture or clip, with all that a page, a card and a player need.

    `media` and `poster` say where bytes are: the face serves them below `/s/{token}/…`.
    """

    id: str
    kind: Literal["snapshot", "clip"]
    title: str
    note: str
    stream_name: str | None
    captured_at: datetime
    duration_ms: int | None
    width: int
    height: int
    is_ready: bool
    media: MediaFile | None  # None until it is ready
    poster: MediaFile | None


@dataclass(frozen=True, slots=True)
class PublicView:
    """What the holder of a share link sees."""

    token: str
    url: str
    title: str
    description: str
    organization_name: str
    shared_by: str | None
    items: tuple[PublicItem, ...]
    may_download: bool
    is_private: bool  # behind a password: never cache
    expires_at: datetime | None
