"""Signing up, in and out, and what a person may do with their own account."""

from domain.accounts.models import Caller, Identity, LoginSession, Membership, SignedIn, User


class AccountService:
    """People's accounts and their login sessions."""

    async def sign_up(
        self, email: str, password: str, name: str, *, organization: str, ip: str
    ) -> SignedIn:
        """Make an account with an organisation of its own, where sign-up is open.

        Raises:
            Forbidden: Sign-up is by invitation here.
            BadFields: A field is wrong. Conflict: The address has an account.
            RateLimited: Too many accounts from this address.
        """
        raise NotImplementedError

    async def sign_in(
        self, email: str, password: str, *, ip: str, user_agent: str = ""
    ) -> SignedIn:
        """Open a login session (30 days, sliding).

        Raises:
            Unauthenticated: The email or password is wrong; which one is not told, nor timed.
            RateLimited: Too many tries for this email or from this address.
        """
        raise NotImplementedError

    async def sign_out(self, session_token: str) -> None:
        """End a login session; an unknown one is already ended."""
        raise NotImplementedError

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        """Return the caller behind a session token or API token (`mt_…`).

        `organization_id` is what the request chose (`x-organization-id`); else a session's
        current organisation counts, else the only one that the user belongs to.

        Raises:
            Unauthenticated: The credential is unknown, revoked or expired.
            NotFound: The user is no member of the organisation that was chosen.
        """
        raise NotImplementedError

    async def identity(self, caller: Caller) -> Identity:
        """Return who is signed in, their organisations and the current one."""
        raise NotImplementedError

    async def switch_organization(self, caller: Caller, organization_id: str) -> Membership:
        """Make another of the user's organisations the session's current one."""
        raise NotImplementedError

    async def create_organization(self, caller: Caller, name: str) -> Membership:
        """Make an organisation that the user owns, and make it current."""
        raise NotImplementedError

    async def update_profile(
        self, caller: Caller, *, name: str | None = None, email: str | None = None
    ) -> User:
        """Change the user's own name or address."""
        raise NotImplementedError

    async def change_password(self, caller: Caller, current: str, new: str) -> None:
        """Change the password and end every other session of the user.

        Raises:
            BadFields: The current password is wrong, or the new one is too short.
        """
        raise NotImplementedError

    async def sessions(self, caller: Caller) -> list[LoginSession]:
        """List the user's own login sessions, newest first."""
        raise NotImplementedError

    async def revoke_session(self, caller: Caller, session_id: str) -> None:
        """End one of the user's own sessions."""
        raise NotImplementedError

    async def create_user(self, email: str, password: str, *, organization: str | None) -> User:
        """Make an account from the command line, no questions asked.

        It becomes owner of the organisation of that name, which is made if there is none; without
        a name, of an organisation named after the address.
        """
        raise NotImplementedError
