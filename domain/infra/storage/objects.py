"""Objects in a store: their names, their properties, and the interface of every store.

A store keeps bytes under a bucket and a key. Keys contain ids and user-supplied file names, so they
are checked here, once, before any store sees them.
"""

import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain.core.errors import BadInput

Body = AsyncIterable[bytes] | bytes | Path
ByteRange = tuple[int, int | None]

CHUNK_BYTES = 256 * 1024
MAX_KEY_BYTES = 1024  # S3's limit
MAX_SEGMENT_BYTES = 255  # file systems' limit
_MAX_NAME_BYTES = 150  # leaves room for an id before the name
_CONTROLS = frozenset({"Cc", "Cs"})  # Unicode categories
_NOT_IN_NAMES = _CONTROLS | {"Cf", "Zl", "Zp"}
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Stored:
    """A store's answer once an object is durable."""

    size: int
    generation: str  # the object's version; also the basis of its ETag


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object's properties, without its bytes."""

    size: int
    generation: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """The backlog on disk until the store accepts it."""

    objects: int
    size: int


class Resumable(Protocol):
    """Resumable uploads: their bytes stay durable until the upload is finished or aborted.

    One process at a time appends to an upload; others get `Conflict` (`code="upload_locked"`).
    """

    async def received(self, bucket: str, key: str) -> int | None:
        """Return how many bytes of an upload are durable; None if there is no such upload."""
        ...

    async def append(
        self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes], *, content_type: str
    ) -> int:
        """Append bytes and return the new offset. If the body breaks off, keep what arrived.

        Raises:
            Conflict: The upload is not at this offset (`code="offset_mismatch"`).
            StorageUnavailable: The store accepts no bytes now.
        """
        ...

    async def finish(self, bucket: str, key: str, *, content_type: str) -> Stored:
        """Turn an upload into an object, durable on return.

        Raises:
            NotFound: There is no such upload.
        """
        ...

    async def abort(self, bucket: str, key: str) -> None:
        """Remove the bytes of an unfinished upload; idempotent."""
        ...


class Storage(Resumable, Protocol):
    """The interface of every store. Names are checked: an invalid one raises `BadInput`."""

    async def start(self) -> None:
        """Open connections and start background work; call once per process."""
        ...

    async def close(self) -> None:
        """Finish work in progress and release everything."""
        ...

    def key(self, organization_id: str, name: str) -> str:
        """Return the key of a name such as `{momentId}/{assetId}-{fileName}`.

        In a shared bucket, the key begins with the organisation's id.
        """
        ...

    async def ensure_bucket(self, organization_id: str) -> str:
        """Return an organisation's bucket name, creating the bucket if needed."""
        ...

    async def put(self, bucket: str, key: str, body: Body, *, content_type: str) -> Stored:
        """Store an object, replacing an earlier one; durable on return.

        A failure leaves nothing behind, not even a part. Memory does not grow with the size.

        Raises:
            StorageUnavailable: The store accepts no bytes now.
        """
        ...

    async def open(
        self, bucket: str, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[bytes]:
        """Read an object, or the half-open range [start, stop) of it; `None` is the end.

        Raises:
            NotFound: There is no such object.
            BadInput: The range starts after the end (`code="bad_range"`).
        """
        ...

    async def stat(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object's properties.

        Raises:
            NotFound: There is no such object.
        """
        ...

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object; idempotent."""
        ...

    def signed_get(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str,
        lifetime_s: int = 3600,
        filename: str | None = None,
        inline: bool = True,
    ) -> str:
        """Return an absolute URL that reads an object without credentials until it expires."""
        ...

    def signed_put(
        self, bucket: str, key: str, *, content_type: str, size: int, lifetime_s: int = 900
    ) -> str:
        """Return an absolute URL that takes this object, of this type and size, until it expires.

        The PUT request must send exactly this `Content-Type` and `Content-Length`.
        """
        ...

    async def ping(self) -> None:
        """Return if the store accepts objects.

        Raises:
            StorageUnavailable: It is unreachable, or a disk is full: captures fail or must wait.
        """
        ...

    async def backlog(self) -> Backlog | None:
        """Return the backlog; None if there can be none."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Maps an organisation's objects to bucket and key."""

    fixed_bucket: str | None = None

    def bucket(self, organization_id: str) -> str:
        """Return the shared bucket, or the organisation's own."""
        return self.fixed_bucket or "moments-" + organization_id.lower().replace("_", "-")

    def key(self, organization_id: str, name: str) -> str:
        """Return a name's key, prefixed by the organisation in a shared bucket."""
        return f"{organization_id}/{name}" if self.fixed_bucket else name


def check_names(bucket: str, key: str) -> None:
    """Refuse names that could mean something else to a file system or to a store.

    Raises:
        BadInput: The bucket or the key is invalid.
    """
    if not _BUCKET.fullmatch(bucket):
        raise BadInput(
            "This is not a bucket name. Use 3 to 63 of a-z, 0-9, hyphens and single dots.",
            code="bad_object_name",
        )
    segments = key.split("/")
    if not all(map(_is_segment, segments)) or len(key.encode(errors="replace")) > MAX_KEY_BYTES:
        raise BadInput(
            "This is not an object key. Avoid empty, hidden, over-long or control parts.",
            code="bad_object_name",
        )


def _is_segment(segment: str) -> bool:
    return (
        bool(segment)
        and not segment.startswith(".")
        and "\\" not in segment
        and (segment.isprintable() or _CONTROLS.isdisjoint(map(unicodedata.category, segment)))
        and len(segment.encode()) <= MAX_SEGMENT_BYTES
    )


def safe_file_name(name: str, *, fallback: str = "file") -> str:
    """Return a safe file name from a user-supplied one: never a path.

    Drops folders, control and direction marks, and leading and trailing dots and spaces; shortens
    an over-long name before its extension.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    if not name.isprintable():  # that is quick to see, and hardly any name is not
        name = "".join(c for c in name if unicodedata.category(c) not in _NOT_IN_NAMES)
    name = re.sub(r"\s+", " ", name).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    suffix = _shorten(dot + extension, 20)
    return _shorten(stem, _MAX_NAME_BYTES - len(suffix.encode())).strip(". ") + suffix or fallback


def _shorten(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")
