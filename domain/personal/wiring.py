"""The services and jobs of people's own data."""

from dataclasses import dataclass

from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.live.streams import StreamService
from domain.marks.transfer import MarkTransfer
from domain.moments.retention import MomentRetention
from domain.moments.wiring import MomentRoom
from domain.personal.erasure import ERASE_JOB, ErasureService
from domain.personal.export import ExportService
from domain.sharing.service import SharingService


@dataclass(frozen=True, slots=True)
class Personal:
    """The services of this package."""

    erasure: ErasureService
    export: ExportService
    work: Work


def wire(  # noqa: PLR0913 (each package's part)
    base: Base,
    rights: Rights,
    *,
    accounts: AccountService,
    streams: StreamService,
    sharing: SharingService,
    moments: MomentRoom,
    retention: MomentRetention,
    marks: MarkTransfer,
) -> Personal:
    """Return the services; nothing is started or queried here."""
    erasure = ErasureService(
        base,
        rights,
        accounts=accounts,
        streams=streams,
        sharing=sharing,
        moments=moments,
        retention=retention,
    )
    export = ExportService(base, rights, moments.records, marks)
    work = Work({ERASE_JOB: erasure.erase}) + repeating(3600, "accounts.erase_all", erasure.resume)
    return Personal(erasure, export, work)
