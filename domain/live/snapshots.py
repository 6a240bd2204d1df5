"""Snapshots: a still cut from a stream's buffer, or a picture that the caller brings."""

from domain.accounts.models import Caller
from domain.live.models import CaptureChange, MediaFile, NewFrame, NewSnapshot, Snapshot


class SnapshotService:
    """What can be asked of snapshots."""

    async def create(self, caller: Caller, new: NewSnapshot) -> Snapshot:
        """Keep the frame shown at an instant, at full resolution; durable on return.

        Raises:
            BadFields, NotFound, Forbidden: As their names say.
            LeftTheBuffer: The instant has left the buffer. TooEarly: It is yet to come.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        raise NotImplementedError

    async def create_from_frame(self, caller: Caller, new: NewFrame) -> Snapshot:
        """Keep a picture that the caller brings.

        Raises:
            BadFields: It is not a picture. TooLarge: Over 20 MB or too many pixels.
            UnsupportedMedia: Not JPEG, PNG or WebP.
        """
        raise NotImplementedError

    async def get(self, caller: Caller, snapshot_id: str) -> Snapshot:
        """Return one snapshot."""
        raise NotImplementedError

    async def update(self, caller: Caller, snapshot_id: str, change: CaptureChange) -> Snapshot:
        """Change title, note or labels (members)."""
        raise NotImplementedError

    async def delete(self, caller: Caller, snapshot_id: str) -> None:
        """Put it in the bin: the maker's own, or anybody's for admins."""
        raise NotImplementedError

    async def file(self, caller: Caller, snapshot_id: str, *, thumbnail: bool = False) -> MediaFile:
        """Return where its bytes are, for a download."""
        raise NotImplementedError
