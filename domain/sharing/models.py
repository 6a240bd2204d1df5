"""Sharing as the faces see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.moments.models import Kind, MediaFile, Speaker


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
    """Share options."""

    expires_in_s: int | None = None
    password: str | None = None
    may_download: bool = True


@dataclass(frozen=True, slots=True)
class PublicItem:
    """One public file, with everything that a page, a card and a player need.

    `media` and `poster` say where bytes are: the face serves them below the page's own address.
    """

    id: str
    kind: Literal["snapshot", "clip", "text", "file"]  # shown, played, read, or only downloaded
    title: str
    captured_at: datetime
    duration_ms: int | None
    width: int
    height: int
    is_ready: bool
    media: MediaFile | None  # None until it is ready
    poster: MediaFile | None
    text: str | None = None  # the beginning of a text


@dataclass(frozen=True, slots=True)
class PublicCommit:
    """A moment's commit, without email addresses and without its diff."""

    repository: str | None
    repository_url: str | None
    branch: str | None
    commit_hash: str | None
    message: str | None
    author: str | None
    committed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A moment's position in a provider's media; `url` opens it, at its start if possible."""

    provider: str
    title: str | None
    artist: str | None
    url: str | None
    opens_at_start: bool
    start_s: int | None
    end_s: int | None
    duration_s: int | None


@dataclass(frozen=True, slots=True)
class PublicMoment:
    """A moment's public view; a link to one file of it reveals nothing of the others."""

    id: str  # the moment's, or the file's
    kind: Kind
    title: str
    description: str
    source_name: str | None
    at: datetime
    items: tuple[PublicItem, ...]
    tags: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    commit: PublicCommit | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class PublicView:
    """The content of one address, a moment's page or a share link."""

    url: str
    title: str
    organization_name: str
    by: str | None  # who shared or saved it
    moments: tuple[PublicMoment, ...]
    may_download: bool = True
    is_link: bool = False  # a share link: only for its recipients
    is_listed: bool = False  # open to search engines
    is_private: bool = False  # password-protected: never cache
    expires_at: datetime | None = None

    @property
    def description(self) -> str:
        """The first moment's title."""
        return self.moments[0].description

    @property
    def items(self) -> tuple[PublicItem, ...]:
        """All files, in display order."""
        return tuple(item for moment in self.moments for item in moment.items)


@dataclass(frozen=True, slots=True)
class Moved:
    """The current slug of a moment requested by an earlier one."""

    slug: str
