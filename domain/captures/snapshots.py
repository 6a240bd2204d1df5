"""Snapshots: a still cut from a stream's buffer, or an uploaded image."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from domain.accounts.models import Caller, Role
from domain.captures.models import CaptureChange, NewFrame, NewSnapshot, Snapshot
from domain.captures.pipeline import CaptureFiles, Draft, Drafts
from domain.captures.row_values import Held
from domain.captures.store import CaptureStore
from domain.core.errors import BadFields, BadInput
from domain.core.tasks import together
from domain.core.time import Span, from_us, to_us
from domain.infra import images
from domain.live.wire import StillRequest
from domain.moments.assets import Shape, StoredFile
from domain.moments.models import MediaFile
from domain.moments.processing import PREVIEW_WIDTH
from domain.moments.rules import file_name

_FORMATS = ("jpeg", "png", "webp")


@dataclass(frozen=True, slots=True)
class _Picture:
    data: bytes
    mime_type: str
    width: int
    height: int
    at: datetime
    requested: datetime


class SnapshotService:
    """The service of snapshots."""

    def __init__(self, store: CaptureStore, drafts: Drafts, files: CaptureFiles) -> None:
        self._store = store
        self._drafts = drafts
        self._files = files
        self._clock = store.clock

    async def create(self, caller: Caller, new: NewSnapshot) -> Snapshot:
        """Keep the frame shown at an instant, at full resolution; durable on return.

        Raises:
            BadFields, NotFound, Forbidden: As their names say.
            LeftTheBuffer: The instant has left the buffer. TooEarly: It is in the future.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        if new.format not in _FORMATS:
            raise BadFields({"format": "must be jpeg, png or webp"})
        draft = await self._drafts.draft(caller, "snap", new.notes, new.stream, needs_stream=True)
        node = await self._drafts.node_of(draft.stream_id)
        at_us = None if new.timestamp is None else to_us(new.timestamp)
        request = StillRequest(at_us=at_us, format=new.format, by_visitor=caller.is_visitor)
        meta, data = await self._files.client.still(node.control_url, draft.stream_id, request)
        at = from_us(meta.at_us)
        picture = _Picture(data, meta.mime_type, meta.width, meta.height, at, new.timestamp or at)
        return await self._keep(caller, draft, picture)

    async def create_from_frame(self, caller: Caller, new: NewFrame) -> Snapshot:
        """Keep an uploaded image.

        Raises:
            BadFields: It is not an image, or it declares too many pixels.
            TooLarge: It is over 25 MB. UnsupportedMedia: Not JPEG, PNG or WebP.
        """
        draft = await self._drafts.draft(caller, "snap", new.notes, new.stream, needs_stream=False)
        data, info = await _read_frame(new.frame_data)
        at = new.timestamp or self._clock.now()
        picture = _Picture(data, info.mime_type, info.width, info.height, at, at)
        return await self._keep(caller, draft, picture)

    async def get(self, caller: Caller, snapshot_id: str) -> Snapshot:
        """Return one snapshot."""
        row = await self._store.row(caller, snapshot_id, "snapshot")
        return self._store.views.snapshot(row)

    async def update(self, caller: Caller, snapshot_id: str, change: CaptureChange) -> Snapshot:
        """Change title, note or labels (members); an empty title keeps the old one."""
        return cast("Snapshot", await self._store.update(caller, snapshot_id, "snapshot", change))

    async def delete(self, caller: Caller, snapshot_id: str) -> None:
        """Move it to the bin: the caller's own, or anybody's for admins."""
        await self._store.delete(caller, snapshot_id, "snapshot")

    async def file(self, caller: Caller, snapshot_id: str, *, thumbnail: bool = False) -> MediaFile:
        """Return its file, for a download."""
        row = await self._store.row(caller, snapshot_id, "snapshot")
        found = (row.preview if thumbnail else None) or row.media
        if found is None:  # the schema forbids it: a snapshot is ready only with its bytes
            raise AssertionError(snapshot_id)
        return found

    async def _keep(self, caller: Caller, draft: Draft, picture: _Picture) -> Snapshot:
        requested = Span(picture.requested, picture.requested)
        new = draft.row("snapshot", "ready", requested, titled=picture.at)
        media, preview = await together(
            self._files.store(
                draft,
                file_name(new.title, picture.mime_type),
                picture.mime_type,
                _once(picture.data),
            ),
            self._small(draft, picture.data),
        )
        store = self._store
        async with store.database.transaction():
            actor = await store.rights.load(caller, at_least=Role.MEMBER)

            async def insert_files() -> Held:
                size = picture.width, picture.height
                ids = await self._files.insert(actor.user_id, media, preview, Shape(*size))
                return Held(*ids, picture.at, picture.at, 0, *size)

            await store.rows.insert(actor, new, insert_files)
            row = await store.created(actor, draft.id, "snapshot", "ready")
        return store.views.snapshot(row)

    async def _small(self, draft: Draft, data: bytes) -> StoredFile:
        return await self._files.store_preview(draft, await images.thumbnail(data, PREVIEW_WIDTH))


async def _read_frame(text: str) -> tuple[bytes, images.ImageInfo]:
    """Return a body's image, validated."""
    if not text.startswith("data:"):
        text = f"data:{_guess(text)};base64,{text}"
    try:
        sent = await asyncio.to_thread(images.parse_data_url, text)
        info = await images.inspect(sent.data, declared_type=sent.declared_type)
    except BadInput as error:
        raise BadFields({"frame_data": error.message}, error.message) from error
    return sent.data, info


def _guess(base64: str) -> str:
    """Return the type of bare base64 by its first bytes, as they look in base64."""
    if base64.startswith("iVBORw0KGgo"):
        return "image/png"
    return "image/webp" if base64.startswith("UklGR") else "image/jpeg"


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
