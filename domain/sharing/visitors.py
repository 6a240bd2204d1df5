"""Captures by people without an account, where a stream's owner allows them."""

from datetime import datetime

from domain.live.models import NewClip
from domain.sharing.models import VisitorCapture


class VisitorService:
    """Snapshots and clips of public and unlisted streams; each comes with its share link.

    Raises:
        NotFound: The stream is not for everybody. Forbidden: Its owner does not allow captures.
        RateLimited: More than 10 a minute from one address. And what the services raise.
    """

    async def snapshot(self, slug: str, timestamp: datetime | None, *, ip: str) -> VisitorCapture:
        """Keep the frame that a visitor saw, and share it with them."""
        raise NotImplementedError

    async def clip(self, slug: str, new: NewClip, *, ip: str) -> VisitorCapture:
        """Cut what a visitor saw, and share it with them."""
        raise NotImplementedError
