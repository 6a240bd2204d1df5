"""The files of moments: durable in the store first, then a row."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from domain.core.ids import new_id
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.storage import Body, Storage, safe_file_name
from domain.moments.orphans import Orphan, Orphans
from domain.moments.tables import MomentAssets

Purpose = Literal["media", "preview", "derived"]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A moment's file before its bytes are stored."""

    organization_id: str
    moment_id: str
    purpose: Purpose
    file_name: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Durable bytes without a row."""

    asset_id: str
    file: NewFile
    bucket: str
    path: str
    size_bytes: int
    generation: str
    orphan: Orphan


@dataclass(frozen=True, slots=True)
class Shape:
    """A file's measurements."""

    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None

    def metadata(self) -> dict[str, int]:
        """Return it in the format of an asset's metadata."""
        known = {"width": self.width, "height": self.height, "durationMs": self.duration_ms}
        return {name: value for name, value in known.items() if value is not None}


class Assets:
    """Stores, inserts and removes files."""

    def __init__(
        self, database: Database, storage: Storage, orphans: Orphans, clock: Clock
    ) -> None:
        self._database = database
        self._storage = storage
        self._orphans = orphans
        self._clock = clock

    async def store(self, file: NewFile, body: Body) -> StoredFile:
        """Store bytes durably under a new asset's key; a failure leaves nothing for long.

        Raises:
            StorageUnavailable: Neither the store nor the spool accepts them.
        """
        asset_id = new_id("asset")
        bucket = await self._storage.ensure_bucket(file.organization_id)
        name = f"{file.moment_id}/{asset_id}-{safe_file_name(file.file_name)}"
        path = self._storage.key(file.organization_id, name)
        noting = asyncio.create_task(self._orphans.note("object", bucket, path))
        try:
            if isinstance(body, bytes | Path):
                await noting
            else:
                body = _ending_after(noting, body)
            stored = await self._storage.put(bucket, path, body, content_type=file.mime_type)
        finally:
            await asyncio.wait([noting])
        orphan = noting.result()
        return StoredFile(asset_id, file, bucket, path, stored.size, stored.generation, orphan)

    async def insert(
        self,
        stored: StoredFile,
        shape: Shape,
        uploaded_by: str | None,
        *,
        preview: StoredFile | str | None = None,
        is_raw: bool = False,
    ) -> str:
        """Insert the row of stored bytes in the open transaction; return the asset's id.

        Its `preview` is one that is inserted with it, or an asset's id. What is raw has none yet:
        enqueue its processing, too.
        """
        preview_id, made = None, [stored]
        if isinstance(preview, StoredFile):
            preview_id, made = preview.asset_id, [preview, stored]
        elif preview is not None:
            preview_id = preview
        await self._orphans.own(*(each.orphan for each in made))
        rows = [self._row(each, uploaded_by) for each in made]
        rows[-1].metadata = json.dumps(shape.metadata())
        rows[-1].preview_id = preview_id
        rows[-1].processing_status = "processing" if is_raw else "completed"
        await MomentAssets.insert(*rows)
        return stored.asset_id

    def _row(self, stored: StoredFile, uploaded_by: str | None) -> MomentAssets:
        file, now = stored.file, self._clock.now()
        is_video = file.mime_type.startswith("video/")
        return MomentAssets(
            id=stored.asset_id,
            organization_id=file.organization_id,
            moment_id=file.moment_id,
            purpose=file.purpose,
            asset_type="screen_recording" if is_video else "screenshot",
            file_name=safe_file_name(file.file_name),
            mime_type=file.mime_type,
            file_size_bytes=stored.size_bytes,
            gcs_bucket=stored.bucket,
            gcs_path=stored.path,
            generation=stored.generation,
            metadata="{}",
            processing_status="completed",
            upload_method="api",
            uploaded_by=uploaded_by,
            created_at=now,
            updated_at=now,
        )

    async def sweep(self) -> int:
        """Remove objects without a row; return their number."""
        return await self._orphans.sweep("object", self._remove)

    async def _remove(self, bucket: str, key: str) -> None:
        await self._storage.delete(bucket, key)
        await self._storage.abort(bucket, key)  # an upload that never ended

    async def discard(self, bucket: str, path: str) -> None:
        """Schedule an object for removal in the open transaction; its row stays."""
        await self._orphans.disown("object", bucket, path)

    async def disown(self, asset_ids: Sequence[str]) -> None:
        """Delete rows in the open transaction, and schedule their objects for removal."""
        await self._disown("id", asset_ids)

    async def disown_of(self, moment_ids: Sequence[str]) -> None:
        """Delete all files of moments in the open transaction, and their objects after it."""
        await self._disown("moment_id", moment_ids)

    async def _disown(self, column: str, ids: Sequence[str]) -> None:
        rows = await self._database.fetch(
            f"DELETE FROM moment_assets WHERE {column} = ANY($1::text[])"  # noqa: S608 (constant)
            " RETURNING gcs_bucket, gcs_path",
            list(ids),
        )
        for bucket, path in rows:
            await self.discard(bucket, path)


async def _ending_after(
    noting: asyncio.Task[Orphan], body: AsyncIterable[bytes]
) -> AsyncIterator[bytes]:
    """Yield a body, whose object appears at its end: by then its note is durable."""
    async for chunk in body:
        yield chunk
    await noting
