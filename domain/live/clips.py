"""Clips: a span cut from a stream's buffer at once, or recorded until it has come."""

from domain.accounts.models import Caller
from domain.live.models import CaptureChange, Clip, MediaFile, NewClip, NewTrim


class ClipService:
    """What can be asked of clips."""

    async def create(self, caller: Caller, new: NewClip) -> Clip:
        """Cut a range that the buffer holds (`ready`), or record one that ends later (`recording`).

        Raises:
            BadFields: The range is negative, too long, or said twice. NotFound, Forbidden.
            LeftTheBuffer: Part of it has left the buffer. TooEarly: It begins in the future
            and `wait` was not asked for.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        raise NotImplementedError

    async def get(self, caller: Caller, clip_id: str) -> Clip:
        """Return one clip."""
        raise NotImplementedError

    async def get_by_moment(self, caller: Caller, moment_id: str) -> Clip:
        """Return the newest clip of a moment (spec 4: `/api/clips/{id}/stream`)."""
        raise NotImplementedError

    async def update(self, caller: Caller, clip_id: str, change: CaptureChange) -> Clip:
        """Change title, note or labels (members)."""
        raise NotImplementedError

    async def delete(self, caller: Caller, clip_id: str) -> None:
        """Put it in the bin: the maker's own, or anybody's for admins."""
        raise NotImplementedError

    async def trim(self, caller: Caller, clip_id: str, new: NewTrim) -> Clip:
        """Make a new clip from a sub-range of a ready one, frame-exact (`processing` at first)."""
        raise NotImplementedError

    async def retry(self, caller: Caller, clip_id: str) -> Clip:
        """Try a failed clip again: what its node still holds of it is cut."""
        raise NotImplementedError

    async def file(self, caller: Caller, clip_id: str, *, preview: bool = False) -> MediaFile:
        """Return where its bytes are, for a download.

        Raises:
            Conflict: The clip is not ready yet, or it failed.
        """
        raise NotImplementedError

    async def url(self, caller: Caller, clip_id: str) -> str:
        """Return a fresh signed URL of the media, for a redirect."""
        raise NotImplementedError
