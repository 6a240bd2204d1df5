"""Sign-up, sign-in and sign-out, and users' changes to their own account."""

from typing import Final

from domain.accounts.authentication import Authentication
from domain.accounts.models import Caller, Identity, LoginSession, Membership, Role, SignedIn, User
from domain.accounts.people import People, user_of
from domain.accounts.rights import Rights
from domain.accounts.rules import check_account, clean_email, clean_name
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound, Unauthenticated
from domain.core.log import get_logger
from domain.core.secrets import hash_token
from domain.infra.rate_limit import RateLimiter, network_of

log = get_logger(__name__)

_WINDOW_S: Final = 900
_TRIES_PER_ACCOUNT: Final = 10  # from one address: strangers elsewhere lock nobody out
_TRIES_PER_IP: Final = 60
_SIGN_UPS_PER_IP: Final = 10


class AccountService:
    """Users' accounts and login sessions."""

    def __init__(
        self,
        people: People,
        rights: Rights,
        limiter: RateLimiter,
        *,
        is_sign_up_open: bool,
    ) -> None:
        self._people = people
        self._database = people.database
        self._clock = people.clock
        self._passwords = people.passwords
        self._rights = rights
        self._limiter = limiter
        self._is_sign_up_open = is_sign_up_open
        self._authentication = Authentication(people.database, people.clock)

    async def sign_up(
        self, email: str, password: str, name: str, *, organization: str, ip: str
    ) -> SignedIn:
        """Create an account with its own organisation, if sign-up is open.

        Raises:
            Forbidden: Sign-up is by invitation here.
            BadFields: A field is invalid. Conflict: The address has an account.
            RateLimited: Too many accounts from this address.
        """
        if not self._is_sign_up_open:
            raise Forbidden(
                "Sign-up is by invitation here. Ask a member for a link.",
                code="sign_up_closed",
            )
        email, name, organization = clean_email(email), clean_name(name), clean_name(organization)
        check_account(email=email, password=password, name=name, organization=organization)
        await self._limiter.hit("sign-up-ip", network_of(ip), _SIGN_UPS_PER_IP, 3600)
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction():
            user = await self._people.insert_user(email, name, password_hash)
            organization_id = await self._people.insert_organization(organization)
            await self._people.insert_member(organization_id, user.id, Role.OWNER)
            return await self._people.open_session(user, organization_id, ip=ip)

    async def sign_in(
        self, email: str, password: str, *, ip: str, user_agent: str = ""
    ) -> SignedIn:
        """Open a login session (30 days, sliding).

        Raises:
            Unauthenticated: The email or password is wrong; neither the answer nor its timing says
                which.
            RateLimited: Too many attempts from this address, for this account or for any.
        """
        email = clean_email(email)[:254]
        await self._limiter.hit("sign-in-ip", network_of(ip), _TRIES_PER_IP, _WINDOW_S)
        await self._limiter.hit(
            "sign-in", f"{email} {network_of(ip)}", _TRIES_PER_ACCOUNT, _WINDOW_S
        )
        row = await self._database.fetchrow("SELECT * FROM app_user WHERE email = $1", email)
        stored = None if row is None else row["password_hash"]
        if not await self._passwords.check(stored, password[:2048]) or row is None:
            log.info("sign_in_refused", ip=ip)
            raise Unauthenticated("The email or the password is wrong. Try again.")
        async with self._database.transaction():
            organizations = await self._people.memberships(row["id"])
            current = organizations[0].organization_id if organizations else None
            return await self._people.open_session(
                user_of(row), current, ip=ip, user_agent=user_agent
            )

    async def sign_out(self, session_token: str) -> None:
        """End a login session; an unknown one counts as ended."""
        await self._database.execute(
            "DELETE FROM login_session WHERE token_hash = $1", hash_token(session_token)
        )

    async def sign_out_everywhere(self, caller: Caller) -> None:
        """End every login session of the user, this one too."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute("DELETE FROM login_session WHERE user_id = $1", user_id)

    async def purge_sessions(self) -> int:
        """Delete expired login sessions and return their number."""
        tag = await self._database.execute(
            "DELETE FROM login_session WHERE expires_at <= $1", self._clock.now()
        )
        return int(tag.split()[-1])

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        """Return the caller behind a session token or API token (`mt_…`).

        `organization_id` is the request's choice (`x-organization-id`); without it, the session's
        current organisation counts, else the user's only one.

        Raises:
            Unauthenticated: The credential is unknown, revoked or expired.
            NotFound: The user is not a member of the chosen organisation.
        """
        return await self._authentication.caller(credential, organization_id)

    async def identity(self, caller: Caller) -> Identity:
        """Return the signed-in user, their organisations and the current one."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            row = await self._database.fetchrow("SELECT * FROM app_user WHERE id = $1", user_id)
            memberships = await self._people.memberships(user_id)
        current = [m for m in memberships if m.organization_id == caller.organization_id]
        return Identity(user_of(row), tuple(memberships), current[0] if current else None)

    async def switch_organization(self, caller: Caller, organization_id: str) -> Membership:
        """Make another of the user's organisations the session's current one."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            return await self._make_current(caller, user_id, organization_id)

    async def create_organization(self, caller: Caller, name: str) -> Membership:
        """Create an organisation that the user owns, and make it current.

        Raises:
            Forbidden: Sign-up is by invitation, and the user administers no organisation yet: an
                owner may do things that the operator did not open to everybody, such as pull from
                cameras.
        """
        name = clean_name(name)
        check_account(organization=name)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            memberships = await self._people.memberships(user_id)
            if not self._is_sign_up_open and all(m.role < Role.ADMIN for m in memberships):
                raise Forbidden(
                    "Only owners and admins can create more organizations here. Ask one of them.",
                    code="sign_up_closed",
                )
            organization_id = await self._people.insert_organization(name)
            await self._people.insert_member(organization_id, user_id, Role.OWNER)
            return await self._make_current(caller, user_id, organization_id)

    async def update_profile(
        self,
        caller: Caller,
        *,
        name: str | None = None,
        email: str | None = None,
        password: str | None = None,
        ip: str,
    ) -> User:
        """Change the user's own name, or their address, which needs the password.

        Raises:
            BadFields: One of them is invalid. Conflict: The address has another account.
            RateLimited: Too many attempts.
        """
        name = None if name is None else clean_name(name)
        email = None if email is None else clean_email(email)
        check_account(name=name, email=email)
        if email not in {None, (await self.identity(caller)).user.email}:
            if not password:
                raise BadFields({"password": "is required to change the email address"})
            await self.prove(caller, password, "password", ip)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            taken = await self._database.fetchval(
                "SELECT id FROM app_user WHERE email = $1 AND id <> $2", email, user_id
            )
            if taken is not None:
                raise Conflict(
                    "Another account has this email address. Choose another one.",
                    code="email_taken",
                )
            row = await self._database.fetchrow(
                "UPDATE app_user SET name = coalesce($2, name), email = coalesce($3, email),"
                " updated_at = $4 WHERE id = $1 RETURNING *",
                user_id,
                name,
                email,
                self._clock.now(),
            )
        return user_of(row)

    async def change_password(self, caller: Caller, current: str, new: str, *, ip: str) -> None:
        """Change the password and end every other session of the user.

        Raises:
            BadFields: The current password is wrong, or the new one is too short.
            RateLimited: Too many attempts.
        """
        check_account(password=new)
        user_id = await self.prove(caller, current, "current_password", ip)
        password_hash = await self._passwords.hash(new)
        async with self._database.transaction():
            await self._rights.person(caller)
            await self._database.execute(
                "UPDATE app_user SET password_hash = $2, updated_at = $3 WHERE id = $1",
                user_id,
                password_hash,
                self._clock.now(),
            )
            await self._database.execute("DELETE FROM password_reset WHERE user_id = $1", user_id)
            await self._database.execute(
                "DELETE FROM login_session WHERE user_id = $1 AND id <> $2",
                user_id,
                caller.credential_id if caller.credential == "session" else "",
            )

    async def prove(self, caller: Caller, password: str, field: str, ip: str) -> str:
        """Return the user's id after checking the password: a session or token may be stolen.

        Raises:
            BadFields: It is wrong. RateLimited: Too many attempts from this address.
        """
        user_id = await self._rights.person(caller)
        await self._limiter.hit(
            "password", f"{user_id} {network_of(ip)}", _TRIES_PER_ACCOUNT, _WINDOW_S
        )
        stored = await self._database.fetchval(
            "SELECT password_hash FROM app_user WHERE id = $1", user_id
        )
        if not await self._passwords.check(stored, password[:2048]):
            raise BadFields({field: "is wrong"}, "The current password is wrong. Try again.")
        return user_id

    async def sessions(self, caller: Caller) -> list[LoginSession]:
        """List the user's own login sessions, newest first."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            rows = await self._database.fetch(
                "SELECT id, ip, user_agent, created_at, last_seen_at, expires_at"
                " FROM login_session WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC",
                user_id,
                self._clock.now(),
            )
        return [
            LoginSession(**dict(row.items()), is_current=row["id"] == caller.credential_id)
            for row in rows
        ]

    async def revoke_session(self, caller: Caller, session_id: str) -> None:
        """End one of the user's own sessions."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            ended = await self._database.fetchval(
                "DELETE FROM login_session WHERE id = $1 AND user_id = $2 RETURNING id",
                session_id,
                user_id,
            )
        if ended is None:
            raise NotFound("There is no such session.")

    async def create_user(self, email: str, password: str, *, organization: str | None) -> User:
        """Create an account from the command line, without any checks.

        It becomes owner of the organisation of that name, creating it if needed; without a name, of
        an organisation named after the address.
        """
        email = clean_email(email)
        name = email.partition("@")[0]
        wanted = clean_name(organization or name)
        check_account(email=email, password=password, organization=wanted)
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction():
            user = await self._people.insert_user(email, name, password_hash)
            organization_id = await self._database.fetchval(
                "SELECT id FROM organization WHERE name = $1 ORDER BY id LIMIT 1",
                wanted if organization else "",
            ) or await self._people.insert_organization(wanted)
            await self._people.insert_member(organization_id, user.id, Role.OWNER)
        return user

    async def _make_current(self, caller: Caller, user_id: str, organization_id: str) -> Membership:
        found = [
            membership
            for membership in await self._people.memberships(user_id)
            if membership.organization_id == organization_id
        ]
        if not found:
            raise NotFound(
                "There is no such organization, or you are not a member of it. Choose another one."
            )
        if caller.credential == "session":
            await self._database.execute(
                "UPDATE login_session SET organization_id = $2 WHERE id = $1",
                caller.credential_id,
                organization_id,
            )
        return found[0]
