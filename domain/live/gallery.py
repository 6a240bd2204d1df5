"""The gallery: snapshots and clips together, found, counted, deleted, restored, taken along."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from domain.accounts.models import Caller
from domain.live.models import GalleryCounts, GalleryFilter, GalleryPage


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip on its way: the name to save it under and its bytes, made while they are read."""

    file_name: str
    body: AsyncIterator[bytes]


class GalleryService:
    """What can be asked of many captures at once."""

    async def list(self, caller: Caller, wanted: GalleryFilter) -> GalleryPage:
        """Return one page of what the caller may see, newest first."""
        raise NotImplementedError

    async def counts(self, caller: Caller, wanted: GalleryFilter) -> GalleryCounts:
        """Count what the filter (its kind and `shared` aside) leaves behind each tab."""
        raise NotImplementedError

    async def labels(self, caller: Caller) -> Sequence[tuple[str, int]]:
        """Return the labels in use and how often, most used first (at most 200)."""
        raise NotImplementedError

    async def delete(self, caller: Caller, ids: Sequence[str]) -> int:
        """Put many in the bin, all or nothing; return how many were not there already.

        Raises:
            NotFound: One of them is absent or another organisation's. Forbidden: One is not
            the caller's to delete.
        """
        raise NotImplementedError

    async def restore(self, caller: Caller, ids: Sequence[str]) -> int:
        """Take many out of the bin again, until they are purged."""
        raise NotImplementedError

    async def archive(self, caller: Caller, ids: Sequence[str]) -> Archive:
        """Return a zip of many, streamed: constant memory, safe and unique names.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent. Conflict: One is not ready.
        """
        raise NotImplementedError
