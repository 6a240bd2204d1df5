"""Profiles as other code sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.moments.models import Kind

Reason = Literal["spam", "abuse", "copyright", "privacy", "other"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's public page, as they edit it."""

    handle: str
    name: str
    bio: str
    url: str
    avatar_url: str | None
    followers: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A public moment in a list."""

    id: str
    kind: Kind
    title: str
    slug: str
    at: datetime
    start_s: int | None
    end_s: int | None
    provider: str | None
    has_picture: bool


@dataclass(frozen=True, slots=True)
class ListedCollection:
    """A public collection in a list."""

    title: str
    slug: str
    items: int
    pictured: tuple[str, ...] = ()  # the slugs of its first moments with a picture


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """A person's public page, as anybody sees it."""

    profile: Profile
    moments: tuple[Listed, ...]
    total: int
    collections: tuple[ListedCollection, ...] = ()


@dataclass(frozen=True, slots=True)
class Reactions:
    """What a moment's page adds: its likes, and its author's handle if they have one."""

    likes: int
    handle: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report of abuse, for the organisation's admins."""

    id: str
    moment_id: str
    moment_title: str
    reason: Reason
    details: str
    created_at: datetime
