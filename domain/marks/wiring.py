"""The services and jobs of marks."""

from dataclasses import dataclass

from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.work import Work
from domain.marks.rows import MarkRows
from domain.marks.service import ENRICH_JOB, MarkService
from domain.marks.sums import Sums
from domain.marks.tracks import TrackService
from domain.moments.wiring import MomentRoom


@dataclass(frozen=True, slots=True)
class MarkRoom:
    """The services of this package."""

    marks: MarkService
    tracks: TrackService
    work: Work


def wire(base: Base, rights: Rights, moments: MomentRoom) -> MarkRoom:
    """Return the services; nothing is started or queried here."""
    rows = MarkRows(base.database, base.clock, moments.records)
    sums = Sums(base.database, threshold=base.settings.privacy_threshold)
    marks = MarkService(base, rights, moments, rows, sums)
    tracks = TrackService(base, rights, rows, sums, marks)

    async def enrich(source_id: str) -> None:
        """Do nothing yet."""

    handlers = {ENRICH_JOB: lambda args: enrich(args["source_id"])}
    return MarkRoom(marks, tracks, Work(handlers))
