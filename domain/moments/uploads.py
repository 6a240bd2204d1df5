"""Uploads: a row and a signed URL first, then the bytes, then a job that checks them."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Conflict, NotFound, TooLargeDeclared
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.storage import Stored, safe_file_name
from domain.infra.storage.file_urls import FileUrls
from domain.moments.assets import Assets
from domain.moments.events import MomentEvents
from domain.moments.models import NewAsset, ProcessingStatus, Upload
from domain.moments.records import MomentRecords
from domain.moments.rules import MAX_METADATA_BYTES, metadata_problem
from domain.moments.tables import MomentAssets

MAX_BYTES: Final = 524_288_000  # spec 1: 500 MB
MAX_ASSETS: Final = 500
LIFETIME_S: Final = 24 * 3600  # long enough to resume a large upload over a bad network
PROCESS_JOB: Final = "moments.process_asset"
# Of a commit's capture they stay and fail: without them it would look complete.
_LATE: Final = """
SELECT a.id, a.organization_id, a.gcs_bucket, a.gcs_path, m.kind = 'commit' AS is_kept
FROM moment_assets a JOIN moments m ON m.id = a.moment_id
WHERE a.generation IS NULL AND a.created_at < $1
    AND (m.kind <> 'commit' OR a.processing_status <> 'failed')
ORDER BY a.created_at LIMIT 1000 FOR UPDATE OF a SKIP LOCKED
"""
_MIME_TYPE: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}(?:; ?[\w.+-]+=[\w.+-]+)?", re.ASCII)


class UploadService:
    """Files that users, programs and VMs add to moments."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        assets: Assets,
        events: MomentEvents,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._storage = base.storage
        self._urls = FileUrls(base.settings.origin, base.keyring, base.clock)
        self._rights = rights
        self._records = records
        self._assets = assets
        self._events = events
        self._on_changed: list[Callable[[str], Awaitable[None]]] = []

    def on_changed(self, callback: Callable[[str], Awaitable[None]]) -> None:
        """Call back with a moment, in the transaction that cancels an upload or sets a status."""
        self._on_changed.append(callback)

    async def begin(
        self, caller: Caller, moment_id: str, new: NewAsset, *, max_bytes: int = MAX_BYTES
    ) -> Upload:
        """Return where to upload a new file (members).

        Raises:
            BadFields: The type or name is invalid. TooLargeDeclared: Over the limit, 500 MB.
            NotFound: There is no such moment. Conflict: It has 500 files already.
        """
        _check(new, max_bytes)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            return await self._begin(actor, moment_id, new)

    async def begin_by_vm(self, caller: Caller, moment_id: str, new: NewAsset) -> Upload:
        """Return where a VM uploads a file of a moment that it created."""
        _check(new, MAX_BYTES)
        async with self._database.transaction():
            actor = await self._rights.vm(caller)
            return await self._begin(actor, moment_id, new)

    async def expect(self, bucket: str, key: str) -> None:
        """Do nothing if a file's bytes are expected.

        Raises:
            NotFound: The upload was cancelled, or its moment deleted. Conflict: They are there.
        """
        row = await self._database.fetchrow(
            "SELECT a.generation FROM moment_assets a JOIN moments m ON m.id = a.moment_id"
            " WHERE a.gcs_bucket = $1 AND a.gcs_path = $2 AND m.deleted_at IS NULL",
            bucket,
            key,
        )
        if row is None:
            message = "This upload has expired or its moment was deleted. Start it again."
            raise NotFound(message)
        if row["generation"] is not None:
            message = "This file was already uploaded."
            raise Conflict(message, code="already_uploaded")

    async def arrived(self, bucket: str, key: str, stored: Stored, sha256: str) -> None:
        """Record that a file's bytes are durable, and enqueue their check.

        Raises:
            NotFound: The upload was cancelled meanwhile; the bytes are removed again.
            Conflict: Another request was faster.
        """
        async with self._database.transaction():
            rows = (
                await MomentAssets.update(
                    {
                        MomentAssets.generation: stored.generation,
                        MomentAssets.sha256: sha256,
                        MomentAssets.processing_status: "processing",
                        MomentAssets.updated_at: self._clock.now(),
                    }
                )
                .where(
                    MomentAssets.gcs_bucket == bucket,
                    MomentAssets.gcs_path == key,
                    MomentAssets.generation.is_null(),
                )
                .returning(MomentAssets.id, MomentAssets.organization_id, MomentAssets.moment_id)
            )
            for row in rows:
                await self._process(row)
                await self._events.publish(
                    row["organization_id"], "moment.updated", row["moment_id"], row["moment_id"]
                )
        if not rows:
            await self.expect(bucket, key)

    async def abandon(self, bucket: str, key: str) -> None:
        """Cancel an incomplete upload; idempotent."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                "SELECT id, moment_id FROM moment_assets WHERE gcs_bucket = $1 AND gcs_path = $2"
                " AND generation IS NULL FOR UPDATE",
                bucket,
                key,
            )
            await self._assets.disown([row["id"] for row in rows])
            for row in rows:
                await self._changed(row["moment_id"])

    async def set_status(
        self,
        caller: Caller,
        asset_id: str,
        status: ProcessingStatus,
        *,
        error: str | None,
        metadata: Mapping[str, Any],
    ) -> None:
        """Update a file's processing status; metadata is merged key by key.

        Raises:
            NotFound: There is no such file. BadFields: The metadata is too large.
        """
        if problem := metadata_problem(metadata):
            raise BadFields({"metadata": problem})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moment_id = await self._moment_of(actor, asset_id)
            row = await MomentAssets.objects().get(MomentAssets.id == asset_id).lock_rows()
            merged = {**json.loads(row.metadata if row else "{}"), **metadata}
            if len(json.dumps(merged)) > MAX_METADATA_BYTES:
                raise BadFields({"metadata": "has grown too large"})
            await MomentAssets.update(
                {
                    MomentAssets.processing_status: status,
                    MomentAssets.processing_error: error if status == "failed" else None,
                    MomentAssets.metadata: json.dumps(merged),
                    MomentAssets.updated_at: self._clock.now(),
                }
            ).where(MomentAssets.id == asset_id)
            await self._events.publish(
                actor.organization_id, "moment.updated", moment_id, moment_id
            )
            await self._changed(moment_id)

    async def sweep(self) -> int:
        """Cancel uploads whose bytes never arrived; return their number."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                _LATE, self._clock.now() - timedelta(seconds=2 * LIFETIME_S)
            )
            await self._assets.disown([row["id"] for row in rows if not row["is_kept"]])
            for row in rows:
                if row["is_kept"]:
                    await self._assets.discard(row["gcs_bucket"], row["gcs_path"])
                    await MomentAssets.update({MomentAssets.processing_status: "processing"}).where(
                        MomentAssets.id == row["id"]
                    )
                    await self._process(row)
        return len(rows)

    async def _begin(self, actor: Actor, moment_id: str, new: NewAsset) -> Upload:
        moment = await self._records.find(actor, moment_id, lock=True)
        if moment.asset_count >= MAX_ASSETS:
            message = f"A moment holds at most {MAX_ASSETS} files. Create another one."
            raise Conflict(message)
        asset_id, now = new_id("asset"), self._clock.now()
        name = safe_file_name(new.file_name)
        bucket = await self._storage.ensure_bucket(actor.organization_id)
        path = self._storage.key(actor.organization_id, f"{moment.id}/{asset_id}-{name}")
        await MomentAssets.insert(
            MomentAssets(
                id=asset_id,
                organization_id=actor.organization_id,
                moment_id=moment.id,
                purpose="media",
                asset_type=new.asset_type,
                file_name=name,
                mime_type=new.mime_type,
                file_size_bytes=new.file_size_bytes,
                gcs_bucket=bucket,
                gcs_path=path,
                processing_status="pending",
                upload_method=new.upload_method,
                uploaded_by=actor.user_id,
                uploaded_by_vm=actor.vm_id,
                created_at=now,
                updated_at=now,
            )
        )
        url = self._urls.signed_put(
            bucket,
            path,
            content_type=new.mime_type,
            size=new.file_size_bytes,
            lifetime_s=LIFETIME_S,
        )
        return Upload(asset_id, url, path)

    async def _changed(self, moment_id: str) -> None:
        for callback in self._on_changed:
            await callback(moment_id)

    async def _process(self, row: Mapping[str, Any]) -> None:
        await self._queue.enqueue(
            PROCESS_JOB,
            {"asset_id": row["id"]},
            key=row["id"],
            organization_id=row["organization_id"],
        )

    async def _moment_of(self, actor: Actor, asset_id: str) -> str:
        row = (
            await MomentAssets.select(MomentAssets.moment_id)
            .where(
                MomentAssets.id == asset_id.replace("\0", ""),
                MomentAssets.organization_id == actor.organization_id,
                MomentAssets.purpose == "media",
            )
            .first()
        )
        if row is None:
            message = "Asset not found"
            raise NotFound(message)
        return (await self._records.find(actor, row["moment_id"])).id


def _check(new: NewAsset, max_bytes: int) -> None:
    if new.file_size_bytes > max_bytes:
        millions = max_bytes // (1024 * 1024)
        message = f"A file can have at most {max_bytes} bytes ({millions} MB)."
        raise TooLargeDeclared(message)
    if not _MIME_TYPE.fullmatch(new.mime_type):
        raise BadFields({"mimeType": "must be a media type such as image/png"})
