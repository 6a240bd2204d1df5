"""A share link as its holder sees it. Nothing is cached: revoking takes effect at once."""

from dataclasses import dataclass
from datetime import datetime

from domain.accounts.passwords import Passwords
from domain.core.errors import Forbidden, Unauthenticated
from domain.core.secrets import hash_token
from domain.infra.base import Base
from domain.infra.rate_limit import network_of
from domain.sharing.ended import check_good, deleted
from domain.sharing.models import PublicMoment, PublicView
from domain.sharing.subjects import Subjects
from domain.sharing.tokens import LinkTokens


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link with the names of its organisation and of the person who shared it."""

    id: str
    organization_id: str
    subject_ids: list[str]
    password_hash: str | None
    may_download: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    organization_name: str
    shared_by: str | None


class ShareViews:
    """The service for holders of a link's token."""

    def __init__(
        self, base: Base, subjects: Subjects, tokens: LinkTokens, passwords: Passwords
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._subjects = subjects
        self._tokens = tokens
        self._passwords = passwords

    async def unlock(self, token: str, password: str, *, ip: str) -> str:
        """Return a grant (for a cookie, an hour long) in exchange for the link's password.

        Raises:
            NotFound: The link is unknown. Gone: It has expired or was revoked. Unauthenticated:
            Wrong password (code `wrong_password`). RateLimited: Too many attempts from this
            address.
        """
        link = await self._good(token)
        network = network_of(ip)  # strangers elsewhere lock nobody out
        await self._limiter.hit("share-ip", network, 60, 900)
        await self._limiter.hit("share", f"{link.id} {network}", 10, 300)
        stored = link.password_hash
        if stored is not None and not await self._passwords.check(stored, password[:2048]):
            message = "The password is wrong. Try again."
            raise Unauthenticated(message, code="wrong_password")
        return self._tokens.grant(link.id)

    async def view(self, token: str, *, grant: str | None = None) -> PublicView:
        """Return a link's content.

        Raises:
            NotFound: The link is unknown. Gone: It has expired or was revoked, or all that it
            shows was deleted.
            Forbidden: It is password-protected (code `password_required`).
        """
        async with self._database.transaction():
            link = await self._good(token)
            if link.password_hash is not None and not self._tokens.is_granted(link.id, grant):
                message = "This link is password-protected. Enter its password."
                raise Forbidden(message, code="password_required")
            moments = await self._subjects.views(link.subject_ids, link.organization_id)
        if not moments:
            raise deleted()
        return PublicView(
            url=self._tokens.url(token),
            title=_title(moments),
            organization_name=link.organization_name,
            by=link.shared_by,
            moments=tuple(moments),
            may_download=link.may_download,
            is_link=True,
            is_private=link.password_hash is not None,
            expires_at=link.expires_at,
        )

    async def _good(self, token: str) -> LinkRow:
        row = await self._database.fetchrow(
            "SELECT l.id, l.organization_id, l.subject_ids, l.password_hash, l.may_download,"
            " l.expires_at, l.revoked_at, o.name AS organization_name, u.name AS shared_by"
            " FROM share_link l JOIN organization o ON o.id = l.organization_id"
            " LEFT JOIN app_user u ON u.id = l.created_by WHERE l.token_hash = $1",
            hash_token(token),
        )
        return check_good(LinkRow(*row) if row else None, self._clock.now())


def _title(moments: list[PublicMoment]) -> str:
    if len(moments) == 1:
        return moments[0].title
    return f"{moments[0].title} and {len(moments) - 1} more"
