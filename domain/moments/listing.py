"""The files of a moment, as its viewers see them."""

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.core.errors import Conflict, Unavailable
from domain.infra.base import Base
from domain.infra.database import Record
from domain.infra.storage import Storage
from domain.moments.archive import Archive, archive
from domain.moments.models import Asset, Cover, MediaFile, Moment, Usage, UserRef
from domain.moments.records import MomentRecords
from domain.moments.rules import check_number

_FROM: Final = """
SELECT a.*, u.email AS user_email, u.name AS user_name,
    p.gcs_bucket AS p_bucket, p.gcs_path AS p_path, p.mime_type AS p_mime
FROM moment_assets a
LEFT JOIN app_user u ON u.id = a.uploaded_by
LEFT JOIN moment_assets p ON p.id = a.preview_id
"""
_SELECT: Final = f"{_FROM} WHERE a.moment_id = $1 AND a.purpose = 'media' ORDER BY a.id"
_OWN: Final = (
    f"{_FROM} JOIN moments m ON m.id = a.moment_id WHERE a.uploaded_by = $1"
    " AND a.organization_id = $2 AND m.deleted_at IS NULL AND {0} ORDER BY a.id DESC LIMIT 20"
)
_UNFINISHED: Final = _OWN.format("a.processing_status = 'processing'")
# A video's file is shown as its video.
_PENDING: Final = _OWN.format(
    "a.processing_status = 'pending' AND a.generation IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM videos v WHERE v.asset_id = a.id)"
)
_ARRIVED: Final = """
SELECT a.* FROM moment_assets a WHERE a.moment_id = ANY($1::text[]) AND a.purpose = 'media'
AND a.generation IS NOT NULL ORDER BY a.id
"""
_COVERS: Final = """
SELECT m.id, p.gcs_bucket, p.gcs_path, p.mime_type,
    count(*) FILTER (WHERE a.processing_status IN ('pending', 'processing')) AS unfinished,
    count(*) FILTER (WHERE a.processing_status = 'failed') AS failed
FROM moments m
LEFT JOIN moment_assets p ON p.id = m.cover_id
LEFT JOIN moment_assets a ON a.moment_id = m.id AND a.purpose = 'media'
WHERE {where} GROUP BY m.id, p.id
"""
_USAGE: Final = """
SELECT count(*) FILTER (WHERE purpose = 'media') AS files,
    coalesce(sum(file_size_bytes), 0)::bigint AS bytes
FROM moment_assets WHERE organization_id = $1 AND generation IS NOT NULL
"""


class AssetService:
    """The service of moments' files."""

    def __init__(self, base: Base, rights: Rights, records: MomentRecords) -> None:
        self._database = base.database
        self._storage = base.storage
        self._clock = base.clock
        self._rights = rights
        self._records = records

    async def list(self, caller: Caller, moment_id: str) -> list[Asset]:
        """List a moment's files in the order that they were added; URLs last an hour."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moment = await self._records.find(actor, moment_id)
            rows = await self._database.fetch(_SELECT, moment.id)
        return [_asset_of(row, self._storage) for row in rows]

    async def of_vm(self, caller: Caller, moment_id: str) -> tuple[Moment, Sequence[Asset]]:
        """Return a moment that the calling VM created, and its files.

        Raises:
            NotFound: The VM created no such moment. Unauthenticated: The VM was revoked.
        """
        async with self._database.transaction():
            actor = await self._rights.vm(caller)
            moment = await self._records.find(actor, moment_id)
            rows = await self._database.fetch(_SELECT, moment.id)
        return moment, [_asset_of(row, self._storage) for row in rows]

    async def unfinished(self, caller: Caller) -> Sequence[Asset]:
        """List the caller's files that have arrived and are being checked."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(_UNFINISHED, actor.user_id, actor.organization_id)
        return [_asset_of(row, self._storage) for row in rows]

    async def arriving(self, caller: Caller) -> Sequence[tuple[Asset, int]]:
        """List the caller's uploads that have begun, each with the bytes that have arrived."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(_PENDING, actor.user_id, actor.organization_id)
        assets = [_asset_of(row, self._storage) for row in rows]
        sizes = await asyncio.gather(*(self._received(each.file) for each in assets))
        return [(each, size) for each, size in zip(assets, sizes, strict=True) if size]

    async def _received(self, file: MediaFile) -> int:
        try:
            return await self._storage.received(file.bucket, file.key) or 0
        except Unavailable:
            return 0

    async def covers(self, caller: Caller, moment_ids: Sequence[str]) -> dict[str, Cover]:
        """Return the cards of a page of moments, deleted ones too; URLs last an hour."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            where.add_if("m.id = ANY({}::text[])", list(moment_ids))
            rows = await self._database.fetch(_COVERS.format(where=where.sql), *where.arguments)
        return {row["id"]: self._cover_of(row) for row in rows}

    async def archive(self, caller: Caller, moment_ids: Sequence[str]) -> Archive:
        """Return a streamed zip of all files of some moments that have arrived.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent. Conflict: There are no files yet.
        """
        check_number(moment_ids)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            await self._records.many(actor, moment_ids)
            rows = await self._database.fetch(_ARRIVED, list(moment_ids))
        if not rows:
            message = "These moments have no files yet. Select others, or try again in a moment."
            raise Conflict(message, code="no_files")
        files = [(row["created_at"], file_of(row)) for row in rows]
        return archive(self._storage, self._clock.now(), files)

    async def usage(self, caller: Caller) -> Usage:
        """Return how much the organisation stores, previews and the bin included."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row: Record = await self._database.fetchrow(_USAGE, actor.organization_id)
        return Usage(row["files"], row["bytes"])

    def _cover_of(self, row: Record) -> Cover:
        url = None
        if row["gcs_path"] is not None:
            url = self._storage.signed_get(
                row["gcs_bucket"], row["gcs_path"], content_type=row["mime_type"]
            )
        return Cover(url, row["unfinished"], row["failed"])


def url_of(storage: Storage, file: MediaFile) -> str:
    """Return a signed URL of a file, under its own name."""
    return storage.signed_get(
        file.bucket, file.key, content_type=file.content_type, filename=file.file_name
    )


def file_of(row: Record) -> MediaFile:
    """Return the file of a row of `moment_assets`."""
    return MediaFile(
        bucket=row["gcs_bucket"],
        key=row["gcs_path"],
        content_type=row["mime_type"],
        size_bytes=row["file_size_bytes"],
        file_name=row["file_name"],
    )


def _asset_of(row: Record, storage: Storage) -> Asset:
    file = file_of(row)
    has_arrived = row["generation"] is not None
    download_url = preview_url = None
    if has_arrived:
        download_url = url_of(storage, file)
    if row["p_path"] is not None:
        preview_url = storage.signed_get(row["p_bucket"], row["p_path"], content_type=row["p_mime"])
    user_id = row["uploaded_by"]
    return Asset(
        id=row["id"],
        moment_id=row["moment_id"],
        asset_type=row["asset_type"],
        file=file,
        generation=row["generation"],
        sha256=row["sha256"],
        metadata=json.loads(row["metadata"]),
        processing_status=row["processing_status"],
        processing_error=row["processing_error"],
        upload_method=row["upload_method"],
        uploaded_by=UserRef(user_id, row["user_email"], row["user_name"]) if user_id else None,
        uploaded_by_vm=row["uploaded_by_vm"],
        download_url=download_url,
        preview_url=preview_url,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
