"""The services of profiles."""

from dataclasses import dataclass

from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.moments.wiring import MomentRoom
from domain.profiles.reactions import OpenMoments, ReactionService
from domain.profiles.reports import ReportService
from domain.profiles.service import Collections, ProfileService


@dataclass(frozen=True, slots=True)
class ProfileRoom:
    """The services of this package."""

    profiles: ProfileService
    reactions: ReactionService
    reports: ReportService


def wire(base: Base, rights: Rights, moments: MomentRoom, collections: Collections) -> ProfileRoom:
    """Return the services; `collections` lists a person's public ones."""
    found = OpenMoments(base, moments.access)
    return ProfileRoom(
        profiles=ProfileService(base, rights, moments.access, collections),
        reactions=ReactionService(base, rights, found),
        reports=ReportService(base, rights, found),
    )
