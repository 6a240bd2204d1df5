"""The services of collections."""

from dataclasses import dataclass
from typing import Final

from domain.accounts.rights import Rights
from domain.collections.pages import CollectionPages
from domain.collections.service import CollectionService
from domain.infra.base import Base
from domain.moments.wiring import MomentRoom
from domain.sharing.moments import PublicMoments

# A condition over `moments m`, for retention policies: what somebody collected stays.
COLLECTED: Final = "EXISTS (SELECT 1 FROM collection_item i WHERE i.moment_id = m.id)"


@dataclass(frozen=True, slots=True)
class CollectionRoom:
    """The services of this package."""

    collections: CollectionService
    pages: CollectionPages


def wire(base: Base, rights: Rights, moments: MomentRoom, public: PublicMoments) -> CollectionRoom:
    """Return the services."""
    return CollectionRoom(
        collections=CollectionService(base, rights, moments.records),
        pages=CollectionPages(base, moments.access, public),
    )
