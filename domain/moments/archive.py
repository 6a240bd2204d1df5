"""A zip built while it is read: only one chunk is in memory, whatever the size."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from domain.infra.storage import Storage
from domain.moments.models import MediaFile

if TYPE_CHECKING:
    from stream_zip import AsyncMemberFile

_MODE: Final = 0o600
Member = MediaFile | AsyncIterator[bytes]
Named = tuple[str, datetime, Member]


@dataclass(frozen=True, slots=True)
class Archive:
    """A streamed zip: its file name and its bytes, built while they are read."""

    file_name: str
    body: AsyncIterator[bytes]


def archive(
    storage: Storage, now: datetime, files: Sequence[tuple[datetime, MediaFile]]
) -> Archive:
    """Return a zip of stored files with the instants they are from; makes their names unique."""
    names = unique_names([file.file_name for _, file in files])
    named = [(name, at, file) for name, (at, file) in zip(names, files, strict=True)]
    return Archive(f"Moments {now:%Y-%m-%d %H.%M}.zip", zipped(storage, named))


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names that are unique even without case: `a.mp4`, `a (2).mp4`."""
    taken: set[str] = set()
    result: list[str] = []
    for name in names:
        path, number, unique = PurePath(name), 1, name
        while unique.casefold() in taken:
            number += 1
            unique = f"{path.stem} ({number}){path.suffix}"
        taken.add(unique.casefold())
        result.append(unique)
    return result


async def zipped(storage: Storage, files: Sequence[Named]) -> AsyncIterator[bytes]:
    """Yield a zip of stored files, uncompressed (media does not shrink), and of texts."""
    from stream_zip import async_stream_zip  # noqa: PLC0415 (loads its ciphers: not at the start)

    async for chunk in async_stream_zip(_members(storage, files)):
        yield chunk


async def _members(storage: Storage, files: Sequence[Named]) -> "AsyncIterator[AsyncMemberFile]":
    from stream_zip import ZIP_32, ZIP_AUTO  # noqa: PLC0415 (as above)

    for name, modified_at, file in files:
        if isinstance(file, MediaFile):
            method = ZIP_AUTO(file.size_bytes, level=0)
            yield name, modified_at, _MODE, method, await storage.open(file.bucket, file.key)
        else:
            yield name, modified_at, _MODE, ZIP_32, file
