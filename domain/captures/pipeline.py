"""The steps of every capture: rights and stream, then bytes, then one transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.captures.models import CaptureChange, CaptureKind, ClipStatus, Notes
from domain.captures.row_values import CaptureRow, Held, NewCapture
from domain.captures.store import clean_notes
from domain.core.errors import MomentsError, NodeUnavailable
from domain.core.ids import Kind, new_id
from domain.core.log import get_logger
from domain.core.time import Span, from_us
from domain.infra.database import Database
from domain.infra.storage import Storage
from domain.live.models import StreamRef
from domain.live.node_client import NodeClient
from domain.live.nodes import Node, NodeRegistry
from domain.live.stream_rows import StreamRows
from domain.live.wire import CutMeta, FileStillRequest, StillRequest
from domain.moments.assets import Assets, NewFile, Shape, StoredFile
from domain.moments.models import MediaFile
from domain.moments.processing import PREVIEW_WIDTH, Measured
from domain.moments.records import MomentRecords
from domain.moments.rules import default_title

log = get_logger(__name__)

NO_NODE: Final = "No media node is running this stream right now. Try again in a moment."
_PREVIEW_WITHIN_US: Final = 2_000_000  # from the start of a clip


@dataclass(frozen=True, slots=True)
class Draft:
    """A permitted capture without bytes."""

    id: str
    actor: Actor
    moment_id: str
    makes_moment: bool
    stream: StreamRef | None
    buffer_s: int
    title: str
    note: str
    labels: Sequence[str]

    @property
    def organization_id(self) -> str:
        """Its organisation."""
        return self.actor.organization_id

    @property
    def stream_id(self) -> str:
        """The stream's id, for a draft that has one."""
        if self.stream is None:
            raise AssertionError(self.id)
        return self.stream.id

    def titled(self, instant: datetime) -> str:
        """Return the title, or the default one."""
        return self.title or default_title(self.stream.name if self.stream else "Snapshot", instant)

    def row(
        self,
        kind: CaptureKind,
        status: ClipStatus,
        requested: Span,
        *,
        node_id: str | None = None,
        titled: datetime | None = None,
    ) -> NewCapture:
        """Return the new row."""
        return NewCapture(
            id=self.id,
            kind=kind,
            moment_id=self.moment_id,
            makes_moment=self.makes_moment,
            stream=self.stream,
            status=status,
            title=self.titled(titled or requested.start),
            note=self.note,
            labels=self.labels,
            requested=requested,
            node_id=node_id,
        )


class Drafts:
    """Checks the caller, the input, and the stream and moment it names."""

    def __init__(
        self,
        database: Database,
        rights: Rights,
        streams: StreamRows,
        nodes: NodeRegistry,
        moments: MomentRecords,
    ) -> None:
        self._database = database
        self._rights = rights
        self._streams = streams
        self.nodes = nodes
        self._moments = moments

    async def draft(
        self, caller: Caller, kind: Kind, notes: Notes, stream: str | None, *, needs_stream: bool
    ) -> Draft:
        """Return a capture that the caller may create."""
        said = clean_notes(CaptureChange(notes.title, notes.note, notes.labels))
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = None
            if needs_stream or stream is not None:
                row = await self._streams.meant(actor, stream)
            if notes.moment_id is not None:
                await self._moments.find(actor, notes.moment_id)
        return Draft(
            id=new_id(kind),
            actor=actor,
            moment_id=notes.moment_id or self._moments.new_id(),
            makes_moment=notes.moment_id is None,
            stream=StreamRef(row["id"], row["slug"], row["name"]) if row else None,
            buffer_s=row["buffer_s"] if row else 0,
            title=said.title or "",
            note=said.note or "",
            labels=said.labels or (),
        )

    async def node_of(self, stream_id: str) -> Node:
        """Return the live node that runs a stream.

        Raises:
            NodeUnavailable: There is none now.
        """
        node = await self.nodes.of_stream(stream_id)
        if node is None:
            raise NodeUnavailable(NO_NODE)
        return node


class CaptureFiles:
    """Stores media and small previews, before the transaction and then in it."""

    def __init__(self, storage: Storage, assets: Assets, client: NodeClient) -> None:
        self.storage = storage
        self.assets = assets
        self.client = client

    async def store(
        self, owner: Draft | CaptureRow, name: str, mime_type: str, body: AsyncIterator[bytes]
    ) -> StoredFile:
        """Store a capture's media durably."""
        file = NewFile(owner.organization_id, owner.moment_id, "media", name, mime_type)
        return await self.assets.store(file, body)

    async def store_preview(self, owner: Draft | CaptureRow, jpeg: bytes) -> StoredFile:
        """Store a capture's preview durably."""
        file = NewFile(
            owner.organization_id, owner.moment_id, "preview", "preview.jpg", "image/jpeg"
        )
        return await self.assets.store(file, jpeg)

    async def preview_at(
        self, owner: Draft | CaptureRow, node: Node, stream_id: str, span_us: tuple[int, int]
    ) -> StoredFile | None:
        """Store a small still as a clip's preview; the clip is complete without one too."""
        start_us, end_us = span_us
        request = StillRequest(
            at_us=start_us,
            key_until_us=min(end_us, start_us + _PREVIEW_WITHIN_US),
            max_width=PREVIEW_WIDTH,
            is_preview=True,
        )
        try:
            _, jpeg = await self.client.still(node.control_url, stream_id, request)
            return await self.store_preview(owner, jpeg)
        except MomentsError as error:
            log.info("preview_left_out", reason=str(error))
            return None

    async def preview_of(
        self, owner: CaptureRow, node: Node, bucket: str, path: str, *, at_us: int = 0
    ) -> StoredFile | None:
        """Store a small still of a stored file as its preview."""
        request = FileStillRequest(at_us=at_us, max_width=PREVIEW_WIDTH)
        try:
            source = await self.storage.open(bucket, path)
            _, jpeg = await self.client.file_still(node.control_url, request, source)
            return await self.store_preview(owner, jpeg)
        except MomentsError as error:
            log.info("preview_left_out", reason=str(error))
            return None

    async def insert(
        self, actor_id: str | None, media: StoredFile, preview: StoredFile | None, shape: Shape
    ) -> tuple[str, str | None]:
        """Insert the rows of stored files in the open transaction; return the assets' ids."""
        asset_id = await self.assets.insert(media, shape, actor_id, preview=preview)
        return asset_id, None if preview is None else preview.asset_id

    async def insert_preview(self, actor_id: str | None, preview: StoredFile | None) -> str | None:
        """Insert the row of a stored preview in the open transaction."""
        return None if preview is None else await self.assets.insert(preview, Shape(), actor_id)

    async def measure(self, file: MediaFile, node: Node) -> Measured:
        """Return a node's analysis of a video, with a small still of it."""
        source = await self.storage.open(file.bucket, file.key)
        request = FileStillRequest(max_width=PREVIEW_WIDTH)
        meta, jpeg = await self.client.file_still(node.control_url, request, source)
        return Measured(dict(Shape(meta.width, meta.height, meta.duration_ms).metadata()), jpeg)


def held_of(meta: CutMeta, asset_id: str, preview_id: str | None) -> Held:
    """Return a finished clip's properties."""
    return Held(
        asset_id=asset_id,
        preview_id=preview_id,
        start=from_us(meta.start_us),
        end=from_us(meta.end_us),
        duration_ms=meta.duration_ms,
        width=meta.width or None,
        height=meta.height or None,
        has_audio=meta.has_audio,
        error=None if meta.complete else meta.reason or "It is shorter than requested.",
    )


def shape_of(meta: CutMeta) -> Shape:
    """Return a node's measurements of a clip."""
    return Shape(meta.width or None, meta.height or None, meta.duration_ms)
