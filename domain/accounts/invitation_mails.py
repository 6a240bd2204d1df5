"""Invitations by email to people without an account, where the operator has set a mail server."""

from typing import Any, Final

from domain.accounts.models import Role
from domain.accounts.notice_links import invitation_token
from domain.core.errors import RateLimited
from domain.core.secrets import Keyring
from domain.core.time import isoformat
from domain.infra.base import Base
from domain.infra.mail import Mailer

INVITE_JOB: Final = "accounts.mail_invitation"
_PER_ORGANIZATION: Final = (100, 86_400)
_PER_ADDRESS: Final = (3, 86_400)  # of all organisations: nobody's mailbox is flooded
_GOOD: Final = """
SELECT i.*, o.name AS organization, nullif(u.name, '') AS inviter FROM invitation i
JOIN organization o ON o.id = i.organization_id LEFT JOIN app_user u ON u.id = i.created_by
WHERE i.id = $1 AND i.email IS NOT NULL AND i.used_at IS NULL AND i.revoked_at IS NULL
    AND i.expires_at > $2
"""
_TEXT: Final = """{title} on Moments at {origin}.
You would join with the role {role}.

Open this link to create your account and join. It works once, until {until} (UTC):

{url}

If you do not know the sender, ignore this email. Nothing happens without the link.
"""


class InvitationMails:
    """Schedules and sends them."""

    def __init__(self, base: Base, keyring: Keyring, mailer: Mailer | None) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._limiter = base.limiter
        self._keyring = keyring
        self._mailer = mailer
        self.origin = base.settings.origin

    @property
    def is_on(self) -> bool:
        """Whether the operator has set a mail server."""
        return self._mailer is not None

    async def may_send(self, organization_id: str, email: str) -> bool:
        """Return whether another one may go to an address, and count it."""
        if not self.is_on:
            return False
        try:
            await self.count(organization_id, email)
        except RateLimited:
            return False
        return True

    async def count(self, organization_id: str, email: str) -> None:
        """Count one that goes to an address.

        Raises:
            RateLimited: It or the organisation had many.
        """
        await self._limiter.hit("invited", email, *_PER_ADDRESS)
        await self._limiter.hit("inviting", organization_id, *_PER_ORGANIZATION)

    async def schedule(self, invitation_id: str) -> None:
        """Have one sent once the open transaction commits."""
        await self._queue.enqueue(INVITE_JOB, {"id": invitation_id}, max_attempts=5)

    async def send(self, args: dict[str, Any]) -> None:
        """Send one, unless it was revoked meanwhile (a job)."""
        row = await self._database.fetchrow(_GOOD, args["id"], self._clock.now())
        if row is None or self._mailer is None:
            return
        title = f"{row['inviter'] or 'An admin'} invites you to {row['organization']}"
        title = " ".join(title.split())  # a header is one line
        text = _TEXT.format(
            title=title,
            origin=self.origin,
            role=Role(row["role"]).label,
            until=isoformat(row["expires_at"])[:16].replace("T", " "),
            url=f"{self.origin}/invite/{invitation_token(self._keyring, row['id'])}",
        )
        await self._mailer.send(row["email"], title, text)
