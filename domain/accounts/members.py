"""The people of an organisation, their roles, and the links that let new ones in."""

from domain.accounts.models import (
    Caller,
    Invitation,
    InvitationView,
    Member,
    Membership,
    Role,
    SignedIn,
)


class MemberService:
    """Members and invitations of the caller's organisation."""

    async def members(self, caller: Caller) -> list[Member]:
        """List the members, by name."""
        raise NotImplementedError

    async def rename_organization(self, caller: Caller, name: str) -> Membership:
        """Rename the organisation (admins)."""
        raise NotImplementedError

    async def change_role(self, caller: Caller, user_id: str, role: Role) -> Member:
        """Give a member another role.

        Raises:
            Forbidden: Only owners make or unmake owners. Conflict: The last owner stays one.
        """
        raise NotImplementedError

    async def remove(self, caller: Caller, user_id: str) -> None:
        """Take a member out of the organisation; anybody may take themselves out.

        Raises:
            Forbidden: Not an admin, or an admin and an owner. Conflict: The last owner stays.
        """
        raise NotImplementedError

    async def invite(
        self, caller: Caller, role: Role, *, email: str | None = None, lifetime_s: int = 604_800
    ) -> Invitation:
        """Make a link that lets one person in with a role (admins)."""
        raise NotImplementedError

    async def invitations(self, caller: Caller) -> list[Invitation]:
        """List the links that are still good (admins)."""
        raise NotImplementedError

    async def revoke_invitation(self, caller: Caller, invitation_id: str) -> None:
        """Make a link useless (admins)."""
        raise NotImplementedError

    async def view_invitation(self, token: str) -> InvitationView:
        """Return what a link offers.

        Raises:
            NotFound: The link is unknown, used, revoked or over.
        """
        raise NotImplementedError

    async def join(self, caller: Caller, token: str) -> Membership:
        """Accept an invitation as who is signed in."""
        raise NotImplementedError

    async def join_as_new(self, token: str, email: str, password: str, *, name: str) -> SignedIn:
        """Accept an invitation with a new account and sign in; open or closed sign-up alike."""
        raise NotImplementedError
