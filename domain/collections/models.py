"""Collections as other code sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.moments.models import Kind, Visibility
from domain.sharing.models import PublicMoment


@dataclass(frozen=True, slots=True)
class NewCollection:
    """A collection to create."""

    title: str
    description: str = ""
    visibility: Visibility = "private"
    moment_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CollectionChange:
    """Changes; None leaves a field unchanged."""

    title: str | None = None
    description: str | None = None
    visibility: Visibility | None = None
    slug: str | None = None
    moment_ids: Sequence[str] | None = None  # all of them, in their order


@dataclass(frozen=True, slots=True)
class Item:
    """A moment in a collection, as a member sees it."""

    id: str
    kind: Kind
    title: str
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class Collection:
    """Moments in an order; `items` are those that the caller can see."""

    id: str
    organization_id: str
    title: str
    description: str
    visibility: Visibility
    slug: str | None
    share_url: str | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    items: tuple[Item, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A moment in a collection, as anybody sees it."""

    slug: str
    moment: PublicMoment


@dataclass(frozen=True, slots=True)
class CollectionView:
    """What anybody sees at a collection's address."""

    url: str
    title: str
    description: str
    organization_name: str
    by: str | None
    handle: str | None
    is_listed: bool
    items: tuple[PublicItem, ...]
