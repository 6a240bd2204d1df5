"""The people of an organisation and their roles."""

from domain.accounts.invitations import InvitationService
from domain.accounts.models import Actor, Caller, Member, Membership, Role
from domain.accounts.rules import check_account, clean_name
from domain.core.errors import Conflict, Forbidden, NotFound
from domain.infra.database import Record

_MEMBERS = (
    "SELECT u.id, u.email, u.name, m.role, m.created_at FROM membership m"
    " JOIN app_user u ON u.id = m.user_id WHERE m.organization_id = $1"
)


class MemberService(InvitationService):
    """Members of the caller's organisation, and its invitations (from `InvitationService`)."""

    async def members(self, caller: Caller) -> list[Member]:
        """List the members, by name."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(
                _MEMBERS + " ORDER BY lower(u.name), u.email", actor.organization_id
            )
        return [_member_of(row) for row in rows]

    async def rename_organization(self, caller: Caller, name: str) -> Membership:
        """Rename the organisation (admins)."""
        name = clean_name(name)
        check_account(organization=name)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            await self._database.execute(
                "UPDATE organization SET name = $2, updated_at = $3 WHERE id = $1",
                actor.organization_id,
                name,
                self._clock.now(),
            )
        return Membership(actor.organization_id, name, actor.role)

    async def change_role(self, caller: Caller, user_id: str, role: Role) -> Member:
        """Change a member's role.

        Raises:
            Forbidden: Only owners add or remove owners. Conflict: The last owner must stay one.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            member = await self._locked(actor, user_id)
            _check_owner_rule(actor, member.role, role)
            if member.role is Role.OWNER and role is not Role.OWNER:
                await self._check_not_last_owner(actor)
            await self._database.execute(
                "UPDATE membership SET role = $3 WHERE organization_id = $1 AND user_id = $2",
                actor.organization_id,
                user_id,
                int(role),
            )
            return await self._locked(actor, user_id)

    async def remove(self, caller: Caller, user_id: str) -> None:
        """Remove a member from the organisation; members may remove themselves.

        Raises:
            Forbidden: Not an admin, or an admin and an owner. Conflict: The last owner must stay.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            if user_id != actor.user_id and not actor.is_admin:
                raise Forbidden(
                    "Only owners and admins of the organization can do this. Ask one of them."
                )
            member = await self._locked(actor, user_id)
            _check_owner_rule(actor, member.role, Role.VIEWER)
            if member.role is Role.OWNER:
                await self._check_not_last_owner(actor)
            await self._database.execute(
                "DELETE FROM membership WHERE organization_id = $1 AND user_id = $2",
                actor.organization_id,
                user_id,
            )
            await self._database.execute(
                "UPDATE login_session SET organization_id = NULL"
                " WHERE user_id = $1 AND organization_id = $2",
                user_id,
                actor.organization_id,
            )

    async def _locked(self, actor: Actor, user_id: str) -> Member:
        """Return a member; locks the organisation, so role changes are serialised."""
        await self._database.execute(
            "SELECT id FROM organization WHERE id = $1 FOR UPDATE", actor.organization_id
        )
        row = await self._database.fetchrow(
            _MEMBERS + " AND m.user_id = $2", actor.organization_id, user_id
        )
        if row is None:
            raise NotFound("There is no such member.")
        return _member_of(row)

    async def _check_not_last_owner(self, actor: Actor) -> None:
        owners = await self._database.fetchval(
            "SELECT count(*) FROM membership WHERE organization_id = $1 AND role = $2",
            actor.organization_id,
            int(Role.OWNER),
        )
        if owners < 2:
            raise Conflict(
                "An organization needs an owner. Make somebody else an owner first.",
                code="last_owner",
            )


def _check_owner_rule(actor: Actor, old: Role, new: Role) -> None:
    if Role.OWNER in {old, new} and actor.role is not Role.OWNER:
        raise Forbidden("Only an owner can add or remove owners. Ask one of them.")


def _member_of(row: Record) -> Member:
    return Member(row["id"], row["email"], row["name"], Role(row["role"]), row["created_at"])
