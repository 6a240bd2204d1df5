"""Links that set a forgotten password: by email, or from an admin.

A link works once. A newer one replaces it, and only its hash is stored.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.accounts.models import Actor, Caller, Role, SignedIn
from domain.accounts.people import People, user_of
from domain.accounts.rights import Rights
from domain.accounts.rules import check_account, clean_email
from domain.core.errors import Forbidden, NotFound, RateLimited
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.infra.base import Base
from domain.infra.mail import Mailer
from domain.infra.rate_limit import network_of

MAIL_JOB: Final = "accounts.mail_reset"
_BY_MAIL: Final = timedelta(hours=1)
_BY_ADMIN: Final = timedelta(hours=24)
_HOUR_S: Final = 3600
_ASKED_PER_IP: Final = 10
_MAILS_PER_ADDRESS: Final = 3
_TRIES_PER_IP: Final = 30

_PUT: Final = """
INSERT INTO password_reset (id, user_id, token_hash, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
    created_by = excluded.created_by, created_at = excluded.created_at,
    expires_at = excluded.expires_at
"""
_ROLES: Final = """
SELECT m.organization_id, m.role AS theirs, coalesce(mine.role, 0) AS mine FROM membership m
LEFT JOIN membership mine ON mine.organization_id = m.organization_id AND mine.user_id = $2
WHERE m.user_id = $1
"""
_TEXT: Final = """Somebody asked for a new password for this address at {origin}.

Choose a new password here. The link works once, within an hour:

{url}

If it was not you, ignore this email. Your password stays as it is.
"""


@dataclass(frozen=True, slots=True)
class ResetLink:
    """A link that sets a new password: the only time that it is known."""

    url: str
    expires_at: datetime


class PasswordResets:
    """Creates these links and takes the new passwords."""

    def __init__(self, base: Base, people: People, rights: Rights, mailer: Mailer | None) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._limiter = base.limiter
        self._origin = base.settings.origin
        self._people = people
        self._rights = rights
        self._mailer = mailer

    @property
    def is_by_mail(self) -> bool:
        """Whether people can ask for a link by email."""
        return self._mailer is not None

    async def request(self, email: str, *, ip: str) -> None:
        """Let a job send a link, if an account has the address.

        Neither the answer nor its timing says whether one has: only the job looks.

        Raises:
            BadFields: It is not an address. RateLimited: Too many requests from this network.
            Forbidden: There is no mail server.
        """
        if self._mailer is None:
            raise Forbidden("Ask an owner or admin of your organization for a link.")
        email = clean_email(email)
        check_account(email=email)
        await self._limiter.hit("reset-ip", network_of(ip), _ASKED_PER_IP, _HOUR_S)
        try:
            await self._limiter.hit("reset", email, _MAILS_PER_ADDRESS, _HOUR_S)
        except RateLimited:
            return  # nobody's mailbox is flooded
        await self._queue.enqueue(MAIL_JOB, {"email": email}, key=email, max_attempts=5)

    async def send(self, args: dict[str, Any]) -> None:
        """Send a link to an address that has an account (a job)."""
        if self._mailer is None:
            return
        async with self._database.transaction():
            user_id = await self._database.fetchval(
                "SELECT id FROM app_user WHERE email = $1", str(args["email"])
            )
            if user_id is None:
                return
            link = await self._create(user_id, None, _BY_MAIL)
        text = _TEXT.format(origin=self._origin, url=link.url)
        await self._mailer.send(str(args["email"]), "A new password for Moments", text)

    async def link_for(self, caller: Caller, user_id: str) -> ResetLink:
        """Create a link for a member (admins), who then gives it to them.

        Raises:
            NotFound: There is no such member.
            Forbidden: It is the caller; or the member has a higher role, here or in an organisation
                that the caller does not administer: the link opens the whole account.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            await self._check_may_reset(actor, user_id)
            return await self._create(user_id, actor.user_id, _BY_ADMIN)

    async def _check_may_reset(self, actor: Actor, user_id: str) -> None:
        roles = await self._database.fetch(_ROLES, user_id, actor.user_id)
        if actor.organization_id not in {row["organization_id"] for row in roles}:
            raise NotFound("There is no such member.")
        if user_id == actor.user_id:
            raise Forbidden("Change your own password in your profile.")
        if any(row["mine"] < max(row["theirs"], Role.ADMIN) for row in roles):
            raise Forbidden(
                "This member has a higher role than you, here or in another organization. Ask the "
                "operator to run `moments user reset-link`."
            )

    async def link_for_email(self, email: str) -> ResetLink:
        """Create a link from the command line.

        Raises:
            NotFound: No account has this address.
        """
        async with self._database.transaction():
            user_id = await self._database.fetchval(
                "SELECT id FROM app_user WHERE email = $1", clean_email(email)
            )
            if user_id is None:
                raise NotFound("No account has this email address. Check the spelling.")
            return await self._create(user_id, None, _BY_ADMIN)

    async def check(self, token: str) -> str:
        """Return the address of the account that a link belongs to.

        Raises:
            NotFound: The link is wrong, was used or replaced, or has expired.
        """
        email: str | None = await self._database.fetchval(
            "SELECT u.email FROM password_reset r JOIN app_user u ON u.id = r.user_id"
            " WHERE r.token_hash = $1 AND r.expires_at > $2",
            hash_token(token),
            self._clock.now(),
        )
        if email is None:
            raise NotFound("This link was used or replaced, or it has expired. Ask for a new one.")
        return email

    async def use(self, token: str, password: str, *, ip: str, user_agent: str = "") -> SignedIn:
        """Set the password, end every session of the user, and sign them in.

        Raises:
            NotFound: As `check`. BadFields: The password is too short.
            RateLimited: Too many attempts from this network.
        """
        await self._limiter.hit("reset-use", network_of(ip), _TRIES_PER_IP, _HOUR_S)
        await self.check(token)
        check_account(password=password)
        password_hash = await self._people.passwords.hash(password)
        async with self._database.transaction():
            await self.check(token)
            # Deleting the row locks it: of two who use the link at once, one wins.
            user_id = await self._database.fetchval(
                "DELETE FROM password_reset WHERE token_hash = $1 RETURNING user_id",
                hash_token(token),
            )
            if user_id is None:
                raise NotFound("This link was used already. Ask for a new one.")
            row = await self._database.fetchrow(
                "UPDATE app_user SET password_hash = $2, updated_at = $3 WHERE id = $1 RETURNING *",
                user_id,
                password_hash,
                self._clock.now(),
            )
            await self._database.execute("DELETE FROM login_session WHERE user_id = $1", user_id)
            organizations = await self._people.memberships(user_id)
            current = organizations[0].organization_id if organizations else None
            return await self._people.open_session(
                user_of(row), current, ip=ip, user_agent=user_agent
            )

    async def purge(self) -> int:
        """Delete expired links, and return their number."""
        tag = await self._database.execute(
            "DELETE FROM password_reset WHERE expires_at <= $1", self._clock.now()
        )
        return int(tag.split()[-1])

    async def _create(self, user_id: str, by: str | None, lifetime: timedelta) -> ResetLink:
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._database.execute(
            _PUT, new_id("reset"), user_id, hash_token(token), by, now, now + lifetime
        )
        return ResetLink(f"{self._origin}/reset/{token}", now + lifetime)
