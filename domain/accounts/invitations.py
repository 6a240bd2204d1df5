"""Links that let one person join an organisation, once.

A link's token is derived from its id, so an admin can copy it again while only its hash is stored.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.accounts.invitation_mails import InvitationMails
from domain.accounts.models import (
    Caller,
    Invitation,
    InvitationView,
    Membership,
    Role,
    SignedIn,
    User,
)
from domain.accounts.notice_links import invitation_token
from domain.accounts.notices import News, Notifier
from domain.accounts.people import People
from domain.accounts.rights import Rights
from domain.accounts.rules import check_account, clean_email, clean_name
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.ids import new_id
from domain.core.secrets import Keyring, hash_token
from domain.infra.database import Record

_MAX_LIFETIME_S: Final = 90 * 86_400
_GOOD: Final = "i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2"


class InvitationService:
    """Creates, lists, revokes and accepts invitations."""

    def __init__(
        self,
        people: People,
        rights: Rights,
        keyring: Keyring,
        notifier: Notifier,
        mails: InvitationMails,
    ) -> None:
        self._people = people
        self._database = people.database
        self._clock = people.clock
        self._rights = rights
        self._keyring = keyring
        self._notifier = notifier
        self._mails = mails

    async def invite(
        self, caller: Caller, role: Role, *, email: str | None = None, lifetime_s: int = 604_800
    ) -> Invitation:
        """Create a link that lets one person join with a role (admins).

        With an email, only an account with that address can use it. Whoever has that account is
        notified; anybody else gets the link by email where the operator has set a mail server.

        Raises:
            BadFields: The lifetime or address is invalid. Forbidden: Only owners invite owners.
        """
        email = clean_email(email) if email else None
        check_account(email=email)
        if not 60 <= lifetime_s <= _MAX_LIFETIME_S:
            raise BadFields({"expires_in_s": "must be between a minute and 90 days"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            if role is Role.OWNER and actor.role is not Role.OWNER:
                raise Forbidden("Only an owner may invite owners. Choose another role.")
            invitation_id = new_id("invite")
            row = await self._database.fetchrow(
                "INSERT INTO invitation (id, organization_id, role, email, token_hash, created_by,"
                " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
                invitation_id,
                actor.organization_id,
                int(role),
                email,
                hash_token(self._token(invitation_id)),
                actor.user_id,
                self._clock.now(),
                self._clock.now() + timedelta(seconds=lifetime_s),
            )
            is_mailed = False
            if email:
                is_mailed = await self._mails.may_send(actor.organization_id, email)
                await self._tell_invited(row, by_mail=is_mailed)
        # The same for an address with an account: who has one is nobody's business.
        return replace(self._invitation_of(row), is_mailed=is_mailed)

    async def invitations(self, caller: Caller) -> list[Invitation]:
        """List the links that are still valid (admins), newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            rows = await self._database.fetch(
                f"SELECT i.* FROM invitation i WHERE i.organization_id = $1 AND {_GOOD}"  # noqa: S608 (constant)
                " ORDER BY i.id DESC",
                actor.organization_id,
                self._clock.now(),
            )
        return [self._invitation_of(row) for row in rows]

    async def send_again(self, caller: Caller, invitation_id: str) -> None:
        """Tell the person with a link's address of it once more (admins).

        Raises:
            NotFound: There is no such valid link. RateLimited: The address had many.
            Conflict: It is for anybody, or no mail server is set (code `not_mailed`).
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            row = await self._database.fetchrow(
                "SELECT i.* FROM invitation i WHERE i.id = $1 AND i.organization_id = $3"  # noqa: S608 (constant)
                f" AND {_GOOD}",
                invitation_id,
                self._clock.now(),
                actor.organization_id,
            )
            if row is None:
                raise _no_invitation()
            if row["email"] is None or not self._mails.is_on:
                raise Conflict(
                    "Moments cannot send this link. Copy it, and send it yourself.",
                    code="not_mailed",
                )
            await self._mails.count(actor.organization_id, row["email"])
            await self._tell_invited(row, by_mail=True)

    async def revoke_invitation(self, caller: Caller, invitation_id: str) -> None:
        """Revoke a link (admins).

        Raises:
            NotFound: There is no such valid link.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            revoked = await self._database.fetchval(
                "UPDATE invitation SET revoked_at = $3 WHERE id = $1 AND organization_id = $2"
                " AND used_at IS NULL AND revoked_at IS NULL RETURNING id",
                invitation_id,
                actor.organization_id,
                self._clock.now(),
            )
        if revoked is None:
            raise _no_invitation()

    async def view_invitation(self, token: str) -> InvitationView:
        """Return what a link offers.

        Raises:
            NotFound: The link is unknown, used, revoked or expired.
        """
        row = await self._good(token)
        return InvitationView(
            organization_name=row["organization_name"],
            role=Role(row["role"]),
            email=row["email"],
            invited_by=row["invited_by"],
            expires_at=row["expires_at"],
        )

    async def join(self, caller: Caller, token: str) -> Membership:
        """Accept an invitation as the signed-in user; its organisation becomes current.

        Raises:
            NotFound: The link is invalid. Forbidden: It is for another address.
            Conflict: Already a member.
        """
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            email = await self._database.fetchval(
                "SELECT email FROM app_user WHERE id = $1", user_id
            )
            row = await self._use(token, user_id, email)
            if caller.credential == "session":
                await self._database.execute(
                    "UPDATE login_session SET organization_id = $2 WHERE id = $1",
                    caller.credential_id,
                    row["organization_id"],
                )
        return Membership(row["organization_id"], row["organization_name"], Role(row["role"]))

    async def join_as_new(self, token: str, email: str, password: str, *, name: str) -> SignedIn:
        """Accept an invitation with a new account and sign in, even when sign-up is closed.

        Raises:
            NotFound: The link is invalid. Forbidden: It is for another address.
            BadFields: A field is invalid. Conflict: The address has an account.
        """
        await self._good(token)
        email, name = clean_email(email), clean_name(name)
        check_account(email=email, password=password, name=name)
        password_hash = await self._people.passwords.hash(password)
        async with self._database.transaction():
            user: User = await self._people.insert_user(email, name, password_hash)
            row = await self._use(token, user.id, email)
            return await self._people.open_session(user, row["organization_id"])

    async def _good(self, token: str, *, lock: bool = False) -> Record:
        row = await self._database.fetchrow(
            "SELECT i.*, o.name AS organization_name, u.name AS invited_by FROM invitation i"  # noqa: S608 (constants)
            " JOIN organization o ON o.id = i.organization_id"
            " LEFT JOIN app_user u ON u.id = i.created_by"
            f" WHERE i.token_hash = $1 AND {_GOOD}" + (" FOR UPDATE OF i" if lock else ""),
            hash_token(token),
            self._clock.now(),
        )
        if row is None:
            raise NotFound("This invitation was used, revoked or has expired. Ask for a new one.")
        return row

    async def _use(self, token: str, user_id: str, email: str) -> Record:
        row = await self._good(token, lock=True)
        if row["email"] is not None and row["email"] != email:
            raise Forbidden(
                f"This invitation is for {row['email']}. Use that address, or ask for another "
                "invitation."
            )
        await self._people.insert_member(row["organization_id"], user_id, Role(row["role"]))
        await self._database.execute(
            "UPDATE invitation SET used_at = $2, used_by = $3 WHERE id = $1",
            row["id"],
            self._clock.now(),
            user_id,
        )
        await self._tell_inviter(row, user_id)
        return row

    async def _tell_invited(self, row: Record, *, by_mail: bool) -> None:
        """Notify the person with the address; or send the link if there is no account."""
        user_id = await self._database.fetchval(
            "SELECT id FROM app_user WHERE email = $1", row["email"]
        )
        if user_id is None:
            if by_mail:
                await self._mails.schedule(row["id"])
            return
        found = await self._database.fetchrow(
            "SELECT o.name AS organization, i.name AS inviter FROM organization o, app_user i"
            " WHERE o.id = $1 AND i.id = $2",
            row["organization_id"],
            row["created_by"],
        )
        if found is not None:
            title = f"{found['inviter'] or 'An admin'} invited you to {found['organization']}"
            detail = f"You would join with the role {Role(row['role']).label}."
            await self._notifier.tell(user_id, None, News("invitation", row["id"], title, detail))

    async def _tell_inviter(self, row: Record, user_id: str) -> None:
        name = await self._database.fetchval(
            "SELECT coalesce(nullif(name, ''), email) FROM app_user WHERE id = $1", user_id
        )
        title = f"{name} joined {row['organization_name']}"
        news = News(
            "invitation", row["id"], title, "Your invitation was used.", "/settings/members"
        )
        await self._notifier.tell(row["created_by"], row["organization_id"], news)

    def _token(self, invitation_id: str) -> str:
        return invitation_token(self._keyring, invitation_id)

    def _invitation_of(self, row: Record) -> Invitation:
        return Invitation(
            id=row["id"],
            role=Role(row["role"]),
            email=row["email"],
            url=f"{self._mails.origin}/invite/{self._token(row['id'])}",
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            is_mailed=row["email"] is not None and self._mails.is_on,
        )


def _no_invitation() -> NotFound:
    return NotFound("There is no such invitation, or it was used already.")
