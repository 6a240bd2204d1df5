"""The files of moments: first durable in the store, then a row that says so."""

from dataclasses import dataclass
from typing import Literal

from domain.core.ids import new_id
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.storage import Body, Storage, safe_file_name
from domain.moments.leftovers import Leftover, Leftovers

Purpose = Literal["media", "preview"]


@dataclass(frozen=True, slots=True)
class NewFile:
    """What is to be kept of a moment, before its bytes are."""

    organization_id: str
    moment_id: str
    purpose: Purpose
    file_name: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that are durable, and that no row owns yet."""

    asset_id: str
    file: NewFile
    bucket: str
    path: str
    size_bytes: int
    generation: str
    leftover: Leftover


@dataclass(frozen=True, slots=True)
class Shape:
    """What was measured of a file."""

    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None


class Assets:
    """Stores, inserts and removes files."""

    def __init__(
        self, database: Database, storage: Storage, leftovers: Leftovers, clock: Clock
    ) -> None:
        self._database = database
        self._storage = storage
        self._leftovers = leftovers
        self._clock = clock

    async def store(self, file: NewFile, body: Body) -> StoredFile:
        """Make bytes durable under a new asset's key; a failure leaves nothing for long.

        Raises:
            StorageUnavailable: Neither the store nor the spool takes them.
        """
        asset_id = new_id("asset")
        bucket = await self._storage.ensure_bucket(file.organization_id)
        name = f"{file.moment_id}/{asset_id}-{safe_file_name(file.file_name)}"
        path = self._storage.key(file.organization_id, name)
        leftover = await self._leftovers.note("object", bucket, path)
        stored = await self._storage.put(bucket, path, body, content_type=file.mime_type)
        return StoredFile(asset_id, file, bucket, path, stored.size, stored.generation, leftover)

    async def insert(self, stored: StoredFile, shape: Shape, created_by: str | None) -> str:
        """Make the row of stored bytes in the open transaction; return the asset's id."""
        await self._leftovers.own(stored.leftover)
        file = stored.file
        await self._database.execute(
            "INSERT INTO asset (id, organization_id, moment_id, purpose, file_name, mime_type,"
            " size_bytes, bucket, path, generation, width, height, duration_ms,"
            " processing_status, created_by, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'completed', $14,"
            " $15)",
            stored.asset_id,
            file.organization_id,
            file.moment_id,
            file.purpose,
            safe_file_name(file.file_name),
            file.mime_type,
            stored.size_bytes,
            stored.bucket,
            stored.path,
            stored.generation,
            shape.width,
            shape.height,
            shape.duration_ms,
            created_by,
            self._clock.now(),
        )
        return stored.asset_id

    async def sweep(self) -> int:
        """Remove objects that no row owns; return how many."""
        return await self._leftovers.sweep("object", self._storage.delete)

    async def disown(self, asset_ids: list[str]) -> None:
        """Delete rows in the open transaction, and have their objects removed after it."""
        rows = await self._database.fetch(
            "DELETE FROM asset WHERE id = ANY($1::text[]) RETURNING bucket, path", asset_ids
        )
        for row in rows:
            await self._leftovers.disown("object", row["bucket"], row["path"])
