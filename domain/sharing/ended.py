"""Why a share link no longer works, as its holder sees it."""

from datetime import datetime
from typing import Protocol, TypeVar

from domain.core.errors import Gone, NotFound


class Link(Protocol):
    """The part of a link that determines whether it works."""

    @property
    def revoked_at(self) -> datetime | None: ...  # noqa: D102 (an attribute)
    @property
    def expires_at(self) -> datetime | None: ...  # noqa: D102


AnyLink = TypeVar("AnyLink", bound=Link)


def check_good(link: AnyLink | None, now: datetime) -> AnyLink:
    """Return a valid link.

    Raises:
        NotFound: There never was such a link. Gone: It was revoked (code `link_revoked`) or has
            expired (code `link_expired`): a link's row stays, to explain this to its holder.
    """
    if link is None:
        raise no_link()
    if link.revoked_at is not None:
        message = "The person who shared this has revoked the link. Ask them for a new one."
        raise Gone(message, code="link_revoked")
    if link.expires_at is not None and link.expires_at <= now:
        message = "This link has expired. Ask the sender for a new one."
        raise Gone(message, code="link_expired")
    return link


def no_link() -> NotFound:
    """Return the error for a link that never existed."""
    return NotFound("There is no such link. Check it for typing mistakes, or ask the sender.")


def deleted() -> Gone:
    """Return the error for a link to deleted items only."""
    message = "What this link showed was deleted. Ask the person who sent it to you."
    return Gone(message, code="link_empty")
