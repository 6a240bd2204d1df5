"""A caller's rights, loaded afresh inside the transaction that uses them."""

from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.core.errors import BadInput, Forbidden, NotFound, Unauthenticated
from domain.core.time import Clock
from domain.infra.database import Database

_NAMELESS: Final = {"system": Role.OWNER, "visitor": Role.MEMBER}
_CREDENTIALS: Final = {
    "session": "SELECT user_id FROM login_session WHERE id = $1 AND user_id = $2"
    " AND expires_at > $3",
    "token": "SELECT user_id FROM api_token WHERE id = $1 AND user_id = $2"
    " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
}


class Rights:
    """Resolves a caller to its current rights."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, caller: Caller, *, at_least: Role = Role.VIEWER) -> Actor:
        """Return a caller's current actor.

        Raises:
            Unauthenticated: The session or token was revoked or has expired.
            BadInput: The caller belongs to several organisations and chose none.
            NotFound: The caller is not a member of the chosen organisation.
            Forbidden: The caller's role is below `at_least`.
        """
        nameless = _NAMELESS.get(caller.credential)
        if nameless is not None:
            return await self._nameless(caller, nameless, at_least)
        user_id, role = await self._member(caller)
        if caller.organization_id is None:
            raise await self._no_choice(user_id)
        if role is None:
            raise NotFound(
                "There is no such organization, or you are not a member of it. Choose another one."
            )
        _check_role(role, at_least)
        return Actor(user_id, caller.organization_id, Role(role))

    async def vm(self, caller: Caller) -> Actor:
        """Return a VM's current actor: a member without a name.

        Raises:
            Unauthenticated: The VM was revoked, or the caller is not a VM.
        """
        organization_id = await self._database.fetchval(
            "SELECT organization_id FROM vms WHERE id = $1 AND deleted_at IS NULL",
            caller.credential_id if caller.credential == "vm" else None,
        )
        if organization_id is None:
            raise Unauthenticated
        return Actor(None, organization_id, Role.MEMBER, caller.credential_id)

    async def person(self, caller: Caller) -> str:
        """Return the id of the caller's user, whatever the organisation.

        Raises:
            Unauthenticated: The session or token was revoked or has expired, or it is not a
                person's.
        """
        user_id, _ = await self._member(caller)
        return user_id

    async def _member(self, caller: Caller) -> tuple[str, int | None]:
        """Return the caller's user, and their role in the chosen organisation: one query."""
        credential = _CREDENTIALS.get(caller.credential)
        if credential is None:
            raise Unauthenticated
        row = await self._database.fetchrow(
            f"SELECT c.user_id, m.role FROM ({credential}) c LEFT JOIN membership m"  # noqa: S608 (constant)
            " ON m.user_id = c.user_id AND m.organization_id = $4",
            caller.credential_id,
            caller.user_id,
            self._clock.now(),
            caller.organization_id,
        )
        if row is None:
            raise Unauthenticated("You have been signed out. Please sign in again.")
        return row["user_id"], row["role"]

    async def _nameless(self, caller: Caller, role: Role, at_least: Role) -> Actor:
        known = await self._database.fetchval(
            "SELECT id FROM organization WHERE id = $1", caller.organization_id
        )
        if known is None:
            raise NotFound("There is no such organization.")
        _check_role(role, at_least)
        return Actor(None, known, role)

    async def _no_choice(self, user_id: str) -> BadInput | Forbidden:
        rows = await self._database.fetch(
            "SELECT o.id, o.name FROM membership m JOIN organization o ON o.id = m.organization_id"
            " WHERE m.user_id = $1 ORDER BY o.name LIMIT 20",
            user_id,
        )
        if not rows:
            return Forbidden("You belong to no organization. Create one, or ask for an invitation.")
        names = ", ".join(f"{row['name']} ({row['id']})" for row in rows)
        return BadInput(
            f"Choose one of your organizations with the x-organization-id header: {names}.",
            code="organization_required",
        )


def _check_role(role: int, at_least: Role) -> None:
    if role < at_least:
        people = {Role.ADMIN: "owners and admins", Role.OWNER: "owners"}
        raise Forbidden(
            f"Only {people.get(at_least, 'members')} of the organization can do "
            "this. Ask one of them."
        )
