"""`/api/snapshots`: stills of a stream, and uploaded images."""

from dataclasses import replace
from typing import Annotated, Literal

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import NewFrame, NewSnapshot, Snapshot
from domain.core.errors import BadFields
from webapp.api.capture_routes import CaptureController, Captures
from webapp.api.captures import (
    CaptureIn,
    CapturePatch,
    SnapshotOut,
    change,
    snapshot_out,
)
from webapp.api.gallery import WANTED, CapturePage, Wanted, listed, page_facts
from webapp.api.schemas import (
    CAPTURE,
    READ,
    WRITE,
    IdempotencyKey,
    Instant,
    Svc,
    Who,
    parse,
)

FRAME_BODY_BYTES = 36 * 1024 * 1024  # 25 MB of image in base64, and the rest of the body


class SnapshotIn(CaptureIn, frozen=True, kw_only=True):
    """A still of a stream, now or at `timestamp`; or an image in `frame_data`."""

    timestamp: Instant | None = None
    format: Literal["jpeg", "png", "webp"] | None = None
    frame_data: (
        Annotated[
            str,
            Meta(
                description="A `data:` URL with base64, or bare base64.",
                examples=["data:image/jpeg;base64,/9j/4AAQ"],
            ),
        ]
        | None
    ) = None


class SnapshotPage(CapturePage, frozen=True, kw_only=True):
    """One page of snapshots, newest first."""

    items: list[SnapshotOut]


async def shared_snapshot(services: Services, caller: Caller, snapshot: Snapshot) -> SnapshotOut:
    """Return a snapshot with its share URL, if it has one."""
    urls = await services.sharing.urls(caller, [snapshot.id]) if snapshot.is_shared else {}
    return snapshot_out(snapshot, urls.get(snapshot.id))


async def make_snapshot(services: Services, caller: Caller, data: SnapshotIn) -> Snapshot:
    """Create a snapshot from a stream, or from the image in the body."""
    said = data.notes()
    timestamp = parse("timestamp", data.timestamp)
    if data.frame_data is None:
        new = NewSnapshot(
            stream=data.stream, timestamp=timestamp, format=data.format or "jpeg", notes=said
        )
        return await services.snapshots.create(caller, new)
    if data.format is not None:
        raise BadFields({"format": "is for stills of a stream; frame_data is kept as it is"})
    frame = NewFrame(
        frame_data=data.frame_data, timestamp=timestamp, stream=data.stream, notes=said
    )
    return await services.snapshots.create_from_frame(caller, frame)


class SnapshotController(CaptureController):
    """Snapshots."""

    path = "/snapshots"
    tags = ("Snapshots",)

    @staticmethod
    def captures(services: Services) -> Captures:
        """Return the service of snapshots."""
        return services.snapshots

    @get("/", summary="List snapshots", responses=READ, dependencies={"wanted": WANTED})
    async def list_snapshots(self, services: Svc, caller: Who, wanted: Wanted) -> SnapshotPage:
        """List snapshots, newest first; all given filters apply."""
        page, urls = await listed(services, caller, replace(wanted, kind="snapshot"))
        items = [snapshot_out(s, urls.get(s.id)) for s in page.items if isinstance(s, Snapshot)]
        return SnapshotPage(items=items, **page_facts(page))

    @post(
        "/",
        summary="Take a snapshot",
        responses=CAPTURE,
        request_max_body_size=FRAME_BODY_BYTES,
    )
    async def create_snapshot(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[SnapshotIn],
        idempotency_key: IdempotencyKey = None,
    ) -> SnapshotOut:
        """Keep the frame shown at an instant, at full resolution, or an uploaded image."""
        return snapshot_out(await make_snapshot(services, caller, data))

    @get("/{capture_id:str}", summary="Get a snapshot", responses=READ)
    async def get_snapshot(
        self, services: Svc, caller: Who, capture_id: FromPath[str]
    ) -> SnapshotOut:
        """Return one snapshot."""
        snapshot = await services.snapshots.get(caller, capture_id)
        return await shared_snapshot(services, caller, snapshot)

    @patch("/{capture_id:str}", summary="Change a snapshot", responses=WRITE)
    async def update_snapshot(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        data: JSONBody[CapturePatch],
        idempotency_key: IdempotencyKey = None,
    ) -> SnapshotOut:
        """Change title, note or labels."""
        snapshot = await services.snapshots.update(caller, capture_id, change(data))
        return await shared_snapshot(services, caller, snapshot)
