"""Where a notice leads."""

from domain.core.secrets import Keyring
from domain.infra.database import Record


def invitation_token(keyring: Keyring, invitation_id: str) -> str:
    """Return the token of an invitation's link; only its hash is stored."""
    return keyring.mac("invitation", invitation_id, 32)


def href_of(keyring: Keyring, row: Record) -> str:
    """Return the path that a row of `notifications` leads to."""
    if row["kind"] == "invitation" and not row["href"]:
        return f"/invite/{invitation_token(keyring, row['about'])}"
    return str(row["href"])
