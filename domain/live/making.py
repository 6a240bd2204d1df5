"""What every capture goes through: rights and stream first, then bytes, then one transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import MomentsError, NodeUnavailable
from domain.core.ids import Kind, new_id
from domain.core.log import get_logger
from domain.core.time import Clock, Span, from_us
from domain.infra.database import Database, Record
from domain.infra.queue import Queue
from domain.infra.storage import Storage
from domain.live.capture_events import CaptureEvents
from domain.live.capture_rows import CaptureRows, Held, NewCapture
from domain.live.models import CaptureChange, CaptureKind, ClipStatus, Notes
from domain.live.node_client import NodeClient
from domain.live.nodes import Node, NodeRegistry
from domain.live.note_rules import clean_notes, default_title
from domain.live.presenting import Presenter
from domain.live.stream_rows import StreamRows
from domain.live.wire import CutMeta, FileStillRequest, StillRequest
from domain.moments.assets import Assets, NewFile, Shape, StoredFile
from domain.moments.leftovers import Leftovers
from domain.moments.records import MomentRecords

log = get_logger(__name__)

PREVIEW_WIDTH: Final = 640
NO_NODE: Final = "No media node runs this stream now. Please try again in a moment"


@dataclass(frozen=True, slots=True)
class CaptureParts:
    """What the services of captures are built from."""

    database: Database
    queue: Queue
    events: CaptureEvents
    storage: Storage
    clock: Clock
    rights: Rights
    streams: StreamRows
    nodes: NodeRegistry
    client: NodeClient
    moments: MomentRecords
    assets: Assets
    leftovers: Leftovers
    rows: CaptureRows
    presenter: Presenter


@dataclass(frozen=True, slots=True)
class Draft:
    """A capture that is allowed, and has no bytes yet."""

    id: str
    actor: Actor
    moment_id: str
    makes_moment: bool
    stream: Record | None
    title: str
    note: str
    labels: Sequence[str]

    @property
    def source(self) -> Record:
        """The stream, of a draft that wanted one."""
        if self.stream is None:
            raise AssertionError(self.id)
        return self.stream

    def titled(self, instant: datetime) -> str:
        """Return the title, or what it is called by itself."""
        name = self.stream["name"] if self.stream else "Snapshot"
        return self.title or default_title(name, instant)

    def row(
        self,
        kind: CaptureKind,
        status: ClipStatus,
        requested: Span,
        *,
        node_id: str | None = None,
        titled: datetime | None = None,
    ) -> NewCapture:
        """Return the row that this becomes."""
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


class CaptureMaker:
    """The steps that snapshots, clips and their jobs share."""

    def __init__(self, parts: CaptureParts) -> None:
        self._parts = parts

    async def draft(
        self, caller: Caller, kind: Kind, notes: Notes, stream: str | None, *, wants_stream: bool
    ) -> Draft:
        """Check who asks, what they say about it, the stream and the moment that they name."""
        said: CaptureChange = clean_notes(notes.title, notes.note, notes.labels)
        parts = self._parts
        async with parts.database.transaction():
            actor = await parts.rights.load(caller, at_least=Role.MEMBER)
            row = None
            if wants_stream or stream is not None:
                row = await parts.streams.meant(actor, stream)
            if notes.moment_id is not None:
                await parts.rows.check_moment(actor, notes.moment_id)
        return Draft(
            id=new_id(kind),
            actor=actor,
            moment_id=notes.moment_id or parts.moments.new_id(),
            makes_moment=notes.moment_id is None,
            stream=row,
            title=said.title or "",
            note=said.note or "",
            labels=said.labels or (),
        )

    async def node_of(self, stream: Record) -> Node:
        """Return the live node that runs a stream.

        Raises:
            NodeUnavailable: There is none now.
        """
        node = await self._parts.nodes.of_stream(stream["id"])
        if node is None:
            raise NodeUnavailable(NO_NODE)
        return node

    async def store(
        self, draft_or_row: "Draft | Record", name: str, mime_type: str, body: AsyncIterator[bytes]
    ) -> StoredFile:
        """Make a capture's media durable."""
        file = NewFile(*_owner(draft_or_row), "media", name, mime_type)
        return await self._parts.assets.store(file, body)

    async def store_preview(self, draft_or_row: "Draft | Record", jpeg: bytes) -> StoredFile:
        """Make a capture's preview durable."""
        file = NewFile(*_owner(draft_or_row), "preview", "preview.jpg", "image/jpeg")
        return await self._parts.assets.store(file, jpeg)

    async def preview_at(
        self, owner: "Draft | Record", node: Node, stream_id: str, at_us: int
    ) -> StoredFile | None:
        """Store a small still as a clip's preview; without one the clip is as good."""
        wanted = StillRequest(at_us=at_us, max_width=PREVIEW_WIDTH, is_preview=True)
        try:
            _, jpeg = await self._parts.client.still(node.control_url, stream_id, wanted)
            return await self.store_preview(owner, jpeg)
        except MomentsError as error:
            log.info("preview_left_out", reason=str(error))
            return None

    async def preview_of(
        self, owner: Record, node: Node, bucket: str, path: str, *, at_us: int = 0
    ) -> StoredFile | None:
        """Store a small still of a stored file as its preview."""
        wanted = FileStillRequest(at_us=at_us, max_width=PREVIEW_WIDTH)
        try:
            source = await self._parts.storage.open(bucket, path)
            _, jpeg = await self._parts.client.file_still(node.control_url, wanted, source)
            return await self.store_preview(owner, jpeg)
        except MomentsError as error:
            log.info("preview_left_out", reason=str(error))
            return None

    async def any_node(self) -> Node:
        """Return a live node, whichever: for work on files.

        Raises:
            NodeUnavailable: There is none now.
        """
        alive = [node for node in await self._parts.nodes.nodes() if node.is_alive]
        if not alive:
            raise NodeUnavailable(NO_NODE)
        return alive[0]

    async def insert_files(
        self,
        actor_id: str | None,
        media: StoredFile,
        preview: StoredFile | None,
        shape: Shape,
    ) -> tuple[str, str | None]:
        """Make the rows of stored files in the open transaction; return the assets' ids."""
        assets = self._parts.assets
        asset_id = await assets.insert(media, shape, actor_id)
        return asset_id, await self.insert_preview(actor_id, preview)

    async def insert_preview(self, actor_id: str | None, preview: StoredFile | None) -> str | None:
        """Make the row of a stored preview in the open transaction."""
        if preview is None:
            return None
        return await self._parts.assets.insert(preview, Shape(), actor_id)

    async def tell(self, organization_id: str, kind: str, capture_id: str, **more: str) -> None:
        """Publish an event in the open transaction."""
        await self._parts.events.tell(organization_id, kind, capture_id, **more)


def held_of(meta: CutMeta, asset_id: str, preview_id: str | None) -> Held:
    """Return what a finished clip holds."""
    return Held(
        asset_id=asset_id,
        preview_id=preview_id,
        start=from_us(meta.start_us),
        end=from_us(meta.end_us),
        duration_ms=meta.duration_ms,
        width=meta.width or None,
        height=meta.height or None,
        has_audio=meta.has_audio,
        error=None if meta.complete else meta.reason or "It is shorter than what was asked for",
    )


def shape_of(meta: CutMeta) -> Shape:
    """Return what a node measured of a clip."""
    return Shape(meta.width or None, meta.height or None, meta.duration_ms)


def _owner(owner: "Draft | Record") -> tuple[str, str]:
    if isinstance(owner, Draft):
        return owner.actor.organization_id, owner.moment_id
    return owner["organization_id"], owner["moment_id"]
