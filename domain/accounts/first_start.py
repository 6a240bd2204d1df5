"""The link that makes the first account: printed at first start, good until somebody uses it."""

from domain.accounts.models import SignedIn


class FirstStart:
    """Makes the owner's account and organisation, once."""

    async def link(self) -> str | None:
        """Return the absolute link, or None when there is an account already."""
        raise NotImplementedError

    async def check(self, token: str) -> None:
        """Do nothing if the link is good.

        Raises:
            NotFound: It is not the link, or it was used.
        """
        raise NotImplementedError

    async def use(
        self, token: str, *, email: str, password: str, name: str, organization: str
    ) -> SignedIn:
        """Make the owner's account and organisation, and sign the owner in.

        Raises:
            NotFound: It is not the link, or it was used. BadFields: A field is wrong.
        """
        raise NotImplementedError
