"""Captures by visitors without an account, if a stream's owner allows them."""

from datetime import datetime
from typing import Final

from domain.accounts.models import Caller, visitor_caller
from domain.captures.clips import ClipService
from domain.captures.models import Clip, NewClip, NewSnapshot, Notes, Snapshot, VisitorCapture
from domain.captures.snapshots import SnapshotService
from domain.core.errors import Forbidden
from domain.infra.rate_limit import RateLimiter, network_of
from domain.live.streams import StreamService
from domain.sharing.models import NewShare
from domain.sharing.service import SharingService

_PER_MINUTE: Final = 10
_PER_STREAM_AND_MINUTE: Final = 60


class VisitorService:
    """Snapshots and clips of public and unlisted streams; each comes with its share link.

    Raises:
        NotFound: The stream is not public. Forbidden: Its owner does not allow captures.
        RateLimited: More than 10 a minute from one address. And the services' errors.
    """

    def __init__(
        self,
        streams: StreamService,
        snapshots: SnapshotService,
        clips: ClipService,
        sharing: SharingService,
        limiter: RateLimiter,
    ) -> None:
        self._streams = streams
        self._snapshots = snapshots
        self._clips = clips
        self._sharing = sharing
        self._limiter = limiter

    async def snapshot(self, slug: str, timestamp: datetime | None, *, ip: str) -> VisitorCapture:
        """Keep the frame that a visitor saw, and share it with them."""
        caller, stream_id = await self._allowed(slug, ip)
        made = await self._snapshots.create(caller, NewSnapshot(stream_id, timestamp))
        return await self._shared(caller, made)

    async def clip(self, slug: str, new: NewClip, *, ip: str) -> VisitorCapture:
        """Cut what a visitor saw, and share it with them; ignores their title, note and labels."""
        caller, stream_id = await self._allowed(slug, ip)
        plain = NewClip(
            stream_id, new.start_ts, new.duration_ms, new.last_ms, wait=False, notes=Notes()
        )
        return await self._shared(caller, await self._clips.create(caller, plain))

    async def _allowed(self, slug: str, ip: str) -> tuple[Caller, str]:
        stream = (await self._streams.watch(None, slug)).stream
        if not stream.allow_capture:
            message = "The owner of this stream does not allow visitors to capture it."
            raise Forbidden(message, code="capture_not_allowed")
        await self._limiter.hit("visitor-ip", network_of(ip), _PER_MINUTE, 60)
        await self._limiter.hit("visitor-stream", stream.id, _PER_STREAM_AND_MINUTE, 60)
        return visitor_caller(stream.organization_id), stream.id

    async def _shared(self, caller: Caller, made: Snapshot | Clip) -> VisitorCapture:
        link = await self._sharing.share(caller, [made.id], NewShare())
        status = made.status if isinstance(made, Clip) else "ready"
        return VisitorCapture(made.id, made.kind, status, link.url, link.token)
