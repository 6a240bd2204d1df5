"""Snapshots: a still cut from a stream's buffer, or a picture that the caller brings."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields, BadInput
from domain.core.time import Span, from_us, to_us
from domain.infra import images
from domain.live.capture_rows import Held, check_may_delete
from domain.live.making import PREVIEW_WIDTH, CaptureMaker, CaptureParts, Draft
from domain.live.models import CaptureChange, MediaFile, NewFrame, NewSnapshot, Snapshot
from domain.live.note_rules import clean_notes, file_name
from domain.live.presenting import media_file, preview_file
from domain.live.together import together
from domain.live.wire import StillRequest
from domain.moments.assets import Shape

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
    """What can be asked of snapshots."""

    def __init__(self, parts: CaptureParts, maker: CaptureMaker) -> None:
        self._parts = parts
        self._maker = maker
        self._database = parts.database
        self._rows = parts.rows

    async def create(self, caller: Caller, new: NewSnapshot) -> Snapshot:
        """Keep the frame shown at an instant, at full resolution; durable on return.

        Raises:
            BadFields, NotFound, Forbidden: As their names say.
            LeftTheBuffer: The instant has left the buffer. TooEarly: It is yet to come.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        if new.format not in _FORMATS:
            raise BadFields({"format": "must be jpeg, png or webp"})
        draft = await self._maker.draft(caller, "snap", new.notes, new.stream, wants_stream=True)
        node = await self._maker.node_of(draft.source)
        at_us = None if new.timestamp is None else to_us(new.timestamp)
        wanted = StillRequest(at_us=at_us, format=new.format, by_visitor=caller.is_visitor)
        meta, data = await self._parts.client.still(node.control_url, draft.source["id"], wanted)
        at = from_us(meta.at_us)
        picture = _Picture(data, meta.mime_type, meta.width, meta.height, at, new.timestamp or at)
        return await self._keep(caller, draft, picture)

    async def create_from_frame(self, caller: Caller, new: NewFrame) -> Snapshot:
        """Keep a picture that the caller brings.

        Raises:
            BadFields: It is not a picture, or it declares too many pixels.
            TooLarge: It is over 25 MB. UnsupportedMedia: Not JPEG, PNG or WebP.
        """
        draft = await self._maker.draft(caller, "snap", new.notes, new.stream, wants_stream=False)
        data, info = await _read_frame(new.frame_data)
        at = new.timestamp or self._parts.clock.now()
        picture = _Picture(data, info.mime_type, info.width, info.height, at, at)
        return await self._keep(caller, draft, picture)

    async def get(self, caller: Caller, snapshot_id: str) -> Snapshot:
        """Return one snapshot."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            row = await self._rows.find(actor, snapshot_id, "snapshot")
        return self._parts.presenter.snapshot(row)

    async def update(self, caller: Caller, snapshot_id: str, change: CaptureChange) -> Snapshot:
        """Change title, note or labels (members); an empty title leaves the old one."""
        change = clean_notes(change.title, change.note, change.labels)
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, snapshot_id, "snapshot", lock=True)
            await self._rows.change(row, change)
            await self._maker.tell(actor.organization_id, "snapshot.updated", snapshot_id)
            row = await self._rows.find(actor, snapshot_id, "snapshot")
        return self._parts.presenter.snapshot(row)

    async def delete(self, caller: Caller, snapshot_id: str) -> None:
        """Put it in the bin: the maker's own, or anybody's for admins."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            row = await self._rows.find(actor, snapshot_id, "snapshot", lock=True)
            check_may_delete(actor, row)
            await self._rows.bin([row])
            await self._maker.tell(actor.organization_id, "snapshot.deleted", snapshot_id)

    async def file(self, caller: Caller, snapshot_id: str, *, thumbnail: bool = False) -> MediaFile:
        """Return where its bytes are, for a download."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            row = await self._rows.find(actor, snapshot_id, "snapshot")
        found = (preview_file(row) if thumbnail else None) or media_file(row)
        if found is None:  # the schema forbids it: a snapshot is ready only with its bytes
            raise AssertionError(snapshot_id)
        return found

    async def _keep(self, caller: Caller, draft: Draft, picture: _Picture) -> Snapshot:
        requested = Span(picture.requested, picture.requested)
        new = draft.row("snapshot", "ready", requested, titled=picture.at)
        thumbnail = await images.thumbnail(picture.data, PREVIEW_WIDTH)
        media, preview = await together(
            self._maker.store(
                draft,
                file_name(new.title, picture.mime_type),
                picture.mime_type,
                _once(picture.data),
            ),
            self._maker.store_preview(draft, thumbnail),
        )
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            await self._rows.insert(actor, new)
            asset_id, preview_id = await self._maker.insert_files(
                actor.user_id, media, preview, Shape(picture.width, picture.height)
            )
            held = Held(
                asset_id, preview_id, picture.at, picture.at, 0, picture.width, picture.height
            )
            await self._rows.finish(draft.id, held)
            await self._maker.tell(actor.organization_id, "snapshot.created", draft.id)
            row = await self._rows.find(actor, draft.id, "snapshot")
        return self._parts.presenter.snapshot(row)


async def _read_frame(text: str) -> tuple[bytes, images.ImageInfo]:
    """Return the picture that a body brings, proven to be one."""
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
