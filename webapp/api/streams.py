"""`/api/streams`: an organisation's channels, and access to watch one."""

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from webapp.api.schemas import (
    READ,
    WRITE,
    Anybody,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
)
from webapp.api.stream_schemas import (
    HistoryOut,
    StreamIn,
    StreamOut,
    StreamPage,
    StreamPatch,
    WatchOut,
    figures_out,
    new_stream,
    stream_change,
    stream_out,
    watch_out,
)


class StreamController(Controller):
    """Streams of the caller's organisation."""

    path = "/streams"
    tags = ("Streams",)

    @get("/", summary="List streams", responses=READ)
    async def list_streams(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> StreamPage:
        """List the organisation's streams by name."""
        found, total = await services.streams.list(caller, limit=limit, offset=offset)
        return StreamPage(
            items=[stream_out(stream) for stream in found],
            total=total.value,
            total_is_estimate=total.is_estimate or UNSET,
            limit=limit,
            offset=offset,
        )

    @post("/", summary="Create a stream", responses=WRITE)
    async def create_stream(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[StreamIn],
        idempotency_key: IdempotencyKey = None,
    ) -> StreamOut:
        """Create a stream; a media node starts it at once (members; pull sources: admins)."""
        return stream_out(await services.streams.create(caller, new_stream(data)))

    @get("/{stream:str}", summary="Get a stream", responses=READ)
    async def get_stream(self, services: Svc, caller: Who, stream: FromPath[str]) -> StreamOut:
        """Return a stream, by id or slug, with its current status."""
        return stream_out(await services.streams.get(caller, stream))

    @get("/{stream:str}/figures", summary="Stream health", responses=READ)
    async def get_figures(self, services: Svc, caller: Who, stream: FromPath[str]) -> HistoryOut:
        """Return the health samples of the last five minutes (its creator and admins)."""
        found = await services.streams.history(caller, stream)
        return HistoryOut(items=[figures_out(each) for each in found])

    @patch("/{stream:str}", summary="Change a stream", responses=WRITE)
    async def update_stream(
        self,
        services: Svc,
        caller: Who,
        stream: FromPath[str],
        data: JSONBody[StreamPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> StreamOut:
        """Change a stream (its creator and admins; to a pull source: admins)."""
        change = stream_change(data)
        return stream_out(await services.streams.update(caller, stream, change))

    @delete("/{stream:str}", status_code=200, summary="Delete a stream", responses=WRITE)
    async def delete_stream(
        self,
        services: Svc,
        caller: Who,
        stream: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete a stream (its creator and admins); its captures stay."""
        await services.streams.delete(caller, stream)
        return Done()

    @post("/{stream:str}/rotate-key", status_code=200, summary="New publish key", responses=WRITE)
    async def rotate_key(
        self,
        services: Svc,
        caller: Who,
        stream: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> StreamOut:
        """Replace the publish key and return the new one (its creator and admins)."""
        return stream_out(await services.streams.rotate_key(caller, stream))


class WatchController(Controller):
    """Watching public or unlisted streams needs no account."""

    path = "/streams"
    tags = ("Streams",)
    opt: dict[str, object] = {"anybody": True}  # noqa: RUF012 (the framework's own attribute)

    @get(
        "/{stream:str}/watch",
        summary="Get playback URLs",
        responses=READ,
        security=[{}, {"bearer": []}, {"cookie": []}],
    )
    async def watch(self, services: Svc, visitor: Anybody, stream: FromPath[str]) -> WatchOut:
        """Return URLs with watch access in them, for members and for visitors."""
        return watch_out(await services.streams.watch(visitor, stream))
