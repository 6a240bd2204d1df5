"""Streams: what can be asked of the durable channels."""

from domain.accounts.models import Caller
from domain.live.models import NewStream, Stream, StreamChange, Watch


class StreamService:
    """The streams of the caller's organisation, and public ones for anybody."""

    async def list(
        self, caller: Caller, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[Stream], int]:
        """Return one page of streams by name, and how many there are."""
        raise NotImplementedError

    async def get(self, caller: Caller, id_or_slug: str) -> Stream:
        """Return a stream with its run as it is now.

        Raises:
            NotFound: There is none, or it is not the caller's to see.
        """
        raise NotImplementedError

    async def create(self, caller: Caller, new: NewStream) -> Stream:
        """Make a stream; a node takes it up at once.

        Raises:
            BadFields: A field is wrong. Forbidden: Only owners and admins make streams.
            Conflict: Another stream has the slug.
        """
        raise NotImplementedError

    async def update(self, caller: Caller, id_or_slug: str, change: StreamChange) -> Stream:
        """Change a stream (admins)."""
        raise NotImplementedError

    async def delete(self, caller: Caller, id_or_slug: str) -> None:
        """End a stream (admins); what was captured from it stays."""
        raise NotImplementedError

    async def rotate_key(self, caller: Caller, id_or_slug: str) -> Stream:
        """Make the publish key useless and return the stream with a new one (admins)."""
        raise NotImplementedError

    async def watch(self, caller: Caller | None, id_or_slug: str) -> Watch:
        """Return the right to watch; without a caller only public and unlisted ones exist.

        `may_capture` says whether this caller (or any visitor) may snapshot and clip it.
        """
        raise NotImplementedError

    async def ensure_demo(self, organization_id: str) -> None:
        """Make the demo stream of a new organisation, if there is no stream yet."""
        raise NotImplementedError
