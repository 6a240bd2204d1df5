"""Personal API tokens: made and revoked by their user; only a hash is kept."""

from domain.accounts.models import ApiToken, Caller, NewApiToken


class ApiTokenService:
    """The caller's own API tokens."""

    async def create(
        self, caller: Caller, name: str, *, lifetime_s: int | None = None
    ) -> NewApiToken:
        """Make a token (`mt_…`) that may do what its user may; it is shown this once."""
        raise NotImplementedError

    async def list(self, caller: Caller) -> list[ApiToken]:
        """List the user's tokens, newest first."""
        raise NotImplementedError

    async def revoke(self, caller: Caller, token_id: str) -> None:
        """Make a token useless."""
        raise NotImplementedError

    async def create_for(self, email: str, name: str) -> str:
        """Make a token from the command line and return its text.

        Raises:
            NotFound: Nobody has this address.
        """
        raise NotImplementedError
