"""The services of share links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.accounts.passwords import Passwords
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.moments.wiring import MomentRoom
from domain.sharing.moments import Parts, PublicMoments
from domain.sharing.pages import MomentPages
from domain.sharing.service import SharingService
from domain.sharing.subjects import Subjects, Viewable
from domain.sharing.tokens import LinkTokens
from domain.sharing.view_counts import ViewCounts
from domain.sharing.views import ShareViews


@dataclass(frozen=True, slots=True)
class Sharing:
    """The services of this package."""

    links: SharingService
    views: ShareViews
    counts: ViewCounts
    pages: MomentPages
    moments: PublicMoments


def wire(
    base: Base,
    rights: Rights,
    passwords: Passwords,
    moments: MomentRoom,
    viewable: Mapping[str, Viewable],
    parts: Sequence[Parts],
) -> Sharing:
    """Return the services; `viewable` maps each package's subject prefixes to its views."""
    tokens = LinkTokens(base.keyring, base.settings.origin)
    public = PublicMoments(base.database, moments.records, parts)
    subjects = Subjects({"moment": public, **viewable})
    return Sharing(
        links=SharingService(base, rights, moments, subjects, tokens, passwords),
        views=ShareViews(base, subjects, tokens, passwords),
        counts=ViewCounts(base.database),
        pages=MomentPages(base, moments.access, public),
        moments=public,
    )
