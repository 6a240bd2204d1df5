"""The service and the job of discovery."""

from dataclasses import dataclass
from typing import Final

from domain.accounts.rights import Rights
from domain.discover.news import NewsReader
from domain.discover.rising import RisingParts
from domain.discover.service import DiscoverService
from domain.discover.similar import Similar
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.marks.sums import Sums
from domain.moments.wiring import MomentRoom
from domain.search.vectors import Vectors

_RISING_S: Final = 900


@dataclass(frozen=True, slots=True)
class DiscoverRoom:
    """The services of this package."""

    discover: DiscoverService
    rising: RisingParts
    work: Work


def wire(
    base: Base, rights: Rights, moments: MomentRoom, sums: Sums, vectors: Vectors
) -> DiscoverRoom:
    """Return the services; nothing is started or queried here."""
    rising = RisingParts(base.database, base.clock, sums)
    service = DiscoverService(
        base,
        rights,
        moments.records,
        similar=Similar(base.database, moments.access, vectors),
        news=NewsReader(base.database, base.clock, moments.access),
        sums=sums,
    )
    return DiscoverRoom(service, rising, repeating(_RISING_S, "discover.rising", rising.refresh))
