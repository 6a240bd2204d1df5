"""Share links: made, listed, revoked and opened."""

from collections.abc import Sequence

from domain.accounts.models import Caller
from domain.sharing.models import NewShare, PublicStream, PublicView, ShareLink


class SharingService:
    """What can be asked of share links."""

    async def share(self, caller: Caller, subject_ids: Sequence[str], new: NewShare) -> ShareLink:
        """Make a link to one or several clips and snapshots (members).

        Raises:
            NotFound: One of them is absent or another organisation's. BadFields.
        """
        raise NotImplementedError

    async def links(self, caller: Caller, subject_id: str) -> list[ShareLink]:
        """List the links to something that are still good, newest first."""
        raise NotImplementedError

    async def urls(self, caller: Caller, subject_ids: Sequence[str]) -> dict[str, str]:
        """Return the newest good link without a password of each that has one (`share_url`)."""
        raise NotImplementedError

    async def revoke(self, caller: Caller, token: str) -> None:
        """Make a link useless, within a minute for everybody (members).

        Raises:
            NotFound: There is no such link in the organisation.
        """
        raise NotImplementedError

    async def unlock(self, token: str, password: str, *, ip: str) -> str:
        """Return a grant (for a cookie, an hour long) in exchange for the link's password.

        Raises:
            NotFound: The link is unknown, over or revoked. Unauthenticated: Wrong password
            (code `wrong_password`). RateLimited: Too many tries.
        """
        raise NotImplementedError

    async def view(self, token: str, *, grant: str | None = None) -> PublicView:
        """Return what a link shows.

        Raises:
            NotFound: The link is unknown, over or revoked, or all that it shows was deleted.
            Forbidden: It wants its password first (code `password_required`).
        """
        raise NotImplementedError

    async def count_view(self, token: str) -> None:
        """Count one look at a link; a page calls it once."""
        raise NotImplementedError

    async def stream(self, slug: str) -> PublicStream:
        """Return what anybody sees of a public or unlisted stream.

        Raises:
            NotFound: There is none, or it is not for everybody.
        """
        raise NotImplementedError
