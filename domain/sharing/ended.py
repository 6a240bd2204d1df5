"""Why a share link opens nothing, told to whoever holds it."""

from datetime import datetime

from domain.core.errors import Gone, NotFound
from domain.infra.database import Record


def check_good(row: Record | None, now: datetime) -> Record:
    """Return the row of a link that still opens.

    Raises:
        NotFound: There never was such a link. Gone: It was revoked (code `link_revoked`) or is over
        (code `link_expired`): a link's row stays, so that whoever holds it is told why.
    """
    if row is None:
        raise no_link()
    if row["revoked_at"] is not None:
        message = "Whoever shared this has taken the link back. Ask them for a new one"
        raise Gone(message, code="link_revoked")
    if row["expires_at"] is not None and row["expires_at"] <= now:
        message = "This link worked for a while, and that is over. Ask who sent it for a new one"
        raise Gone(message, code="link_expired")
    return row


def no_link() -> NotFound:
    """Return the error for a link that never was."""
    return NotFound("There is no such link: look for a typing mistake, or ask who sent it")


def deleted() -> Gone:
    """Return the error for a link to nothing but what was deleted."""
    message = "What this link showed was deleted. Ask who sent it to you"
    return Gone(message, code="link_empty")
