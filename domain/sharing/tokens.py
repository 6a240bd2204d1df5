"""The tokens of share links: derived from their ids, so that a link can be shown again."""

from typing import Final

from domain.core.errors import Unauthenticated
from domain.core.secrets import Keyring

_GRANT_S: Final = 3600


class LinkTokens:
    """Creates tokens, URLs, and grants in exchange for a link's password."""

    def __init__(self, keyring: Keyring, origin: str) -> None:
        self._keyring = keyring
        self._origin = origin

    def token(self, share_id: str) -> str:
        """Return a link's token; only its hash is stored."""
        return self._keyring.mac("share", share_id, 32)

    def url(self, token: str) -> str:
        """Return a link's URL."""
        return f"{self._origin}/s/{token}"

    def grant(self, share_id: str) -> str:
        """Return a grant that opens a password-protected link for an hour."""
        return self._keyring.sign("share", {"sub": share_id}, _GRANT_S)

    def is_granted(self, share_id: str, grant: str | None) -> bool:
        """Return whether a grant is valid for this link."""
        try:
            claims = self._keyring.verify("share", grant or "")
        except Unauthenticated:
            return False
        return claims.get("sub") == share_id
