"""The services and jobs of people's own data."""

from dataclasses import dataclass

from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.marks.transfer import MarkTransfer
from domain.personal.erasure import ERASE_JOB, ErasureService, Rooms
from domain.personal.export import ExportService


@dataclass(frozen=True, slots=True)
class Personal:
    """The services of this package."""

    erasure: ErasureService
    export: ExportService
    work: Work


def wire(base: Base, rights: Rights, rooms: Rooms, marks: MarkTransfer) -> Personal:
    """Return the services; nothing is started or queried here."""
    erasure = ErasureService(base, rights, rooms)
    export = ExportService(base, rights, rooms.moments.records, marks)
    work = Work({ERASE_JOB: erasure.erase}) + repeating(3600, "accounts.erase_all", erasure.resume)
    return Personal(erasure, export, work)
