"""Rows of users, organisations and sessions, shared by the services here."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from domain.accounts.models import Membership, Role, SignedIn, User
from domain.accounts.passwords import Passwords
from domain.core.errors import Conflict
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.core.time import Clock
from domain.infra.database import Database, Record

SESSION_LIFETIME: Final = timedelta(days=30)
_MAX_AGENT: Final = 300

FirstOrganization = Callable[[str], Awaitable[None]]


class People:
    """Inserts and reads; the caller opens the transaction and validates the fields."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        *,
        on_first_organization: FirstOrganization,
    ) -> None:
        self.database = database
        self.clock = clock
        self.passwords = passwords
        self._on_first_organization = on_first_organization

    async def insert_user(self, email: str, name: str, password_hash: str) -> User:
        """Create a user.

        Raises:
            Conflict: The address has an account.
        """
        row = await self.database.fetchrow(
            "INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)"
            " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (email) DO NOTHING RETURNING *",
            new_id("user"),
            email,
            name,
            password_hash,
            self.clock.now(),
        )
        if row is None:
            raise Conflict(
                "There is already an account with this email address. Please sign in.",
                code="email_taken",
            )
        return user_of(row)

    async def insert_organization(self, name: str) -> str:
        """Create an organisation; the installation's very first one may get extras."""
        await self.database.execute("SELECT pg_advisory_xact_lock(hashtext('organization'))")
        is_first = await self.database.fetchval("SELECT NOT EXISTS (SELECT 1 FROM organization)")
        organization_id = new_id("org")
        await self.database.execute(
            "INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)",
            organization_id,
            name,
            self.clock.now(),
        )
        if is_first:
            await self._on_first_organization(organization_id)
        return organization_id

    async def insert_member(self, organization_id: str, user_id: str, role: Role) -> None:
        """Add a member.

        Raises:
            Conflict: They are a member already.
        """
        done = await self.database.fetchval(
            "INSERT INTO membership (id, organization_id, user_id, role, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, organization_id) DO NOTHING"
            " RETURNING id",
            new_id("member"),
            organization_id,
            user_id,
            int(role),
            self.clock.now(),
        )
        if done is None:
            raise Conflict("You are already a member of this organization.", code="already_member")

    async def open_session(
        self, user: User, organization_id: str | None, *, ip: str = "", user_agent: str = ""
    ) -> SignedIn:
        """Create a login session and its token."""
        token = "ms_" + secrets.token_urlsafe(32)
        now = self.clock.now()
        await self.database.execute(
            "INSERT INTO login_session (id, user_id, organization_id, token_hash, ip, user_agent,"
            " created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            new_id("login"),
            user.id,
            organization_id,
            hash_token(token),
            ip,
            "".join(c for c in user_agent if c.isprintable())[:_MAX_AGENT],
            now,
            now + SESSION_LIFETIME,
        )
        return SignedIn(token, user, organization_id, now + SESSION_LIFETIME)

    async def memberships(self, user_id: str) -> list[Membership]:
        """List a user's organisations by name."""
        rows = await self.database.fetch(
            "SELECT o.id, o.name, m.role FROM membership m"
            " JOIN organization o ON o.id = m.organization_id"
            " WHERE m.user_id = $1 ORDER BY lower(o.name), o.id",
            user_id,
        )
        return [Membership(row["id"], row["name"], Role(row["role"])) for row in rows]


def user_of(row: Record) -> User:
    """Return the user in a row of `app_user`."""
    return User(row["id"], row["email"], row["name"], row["created_at"])
