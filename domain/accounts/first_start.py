"""The link that creates the first account: printed at the first start, valid until used."""

import hmac

from domain.accounts.models import Role, SignedIn
from domain.accounts.people import People
from domain.accounts.rules import check_account, clean_email, clean_name
from domain.core.errors import NotFound
from domain.core.secrets import Keyring


def first_start_token(keyring: Keyring) -> str:
    """Return the installation's one-time token: derived, so that it can be printed again."""
    return keyring.mac("first_start", "owner", 43)


class FirstStart:
    """Creates the owner's account and organisation, once."""

    def __init__(self, people: People, keyring: Keyring, origin: str) -> None:
        self._people = people
        self._database = people.database
        self._keyring = keyring
        self._origin = origin

    async def link(self) -> str | None:
        """Return the absolute link, or None if an account exists already."""
        if await self._is_used():
            return None
        return f"{self._origin}/first-start/{first_start_token(self._keyring)}"

    async def check(self, token: str) -> None:
        """Do nothing if the link is valid.

        Raises:
            NotFound: The link is wrong or used.
        """
        is_right = hmac.compare_digest(
            token.encode(errors="replace"), first_start_token(self._keyring).encode()
        )
        if not is_right or await self._is_used():
            raise NotFound("This link was used already, or it is incomplete. Please sign in.")

    async def use(
        self, token: str, *, email: str, password: str, name: str, organization: str
    ) -> SignedIn:
        """Create the owner's account and organisation, and sign the owner in.

        Raises:
            NotFound: The link is wrong or used. BadFields: A field is invalid.
        """
        await self.check(token)
        email, name, organization = clean_email(email), clean_name(name), clean_name(organization)
        check_account(email=email, password=password, name=name, organization=organization)
        password_hash = await self._people.passwords.hash(password)
        async with self._database.transaction():
            await self._database.execute("SELECT pg_advisory_xact_lock(hashtext('first_start'))")
            await self.check(token)  # of two simultaneous users, one wins
            user = await self._people.insert_user(email, name, password_hash)
            organization_id = await self._people.insert_organization(organization)
            await self._people.insert_member(organization_id, user.id, Role.OWNER)
            return await self._people.open_session(user, organization_id)

    async def _is_used(self) -> bool:
        return bool(await self._database.fetchval("SELECT EXISTS (SELECT 1 FROM app_user)"))
