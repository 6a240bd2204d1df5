"""Control routes for the web process and workers: a separate listener, internal key required."""

import asyncio
from typing import TypeVar

import msgspec
from litestar import Litestar, Request, Response, delete, get, post
from litestar.params import FromPath

from domain.core.errors import BadInput
from domain.infra.storage.atomic_files import check_disk
from domain.live.wire import (
    META_HEADER,
    CutRequest,
    NodeStatus,
    RecordRequest,
    StillMeta,
    StillRequest,
    Wire,
)
from media_server.egress.access import check_capture
from media_server.http.clip import clip_answer, cut, why_shorter
from media_server.http.errors import HANDLERS
from media_server.http.files import post_cuts, post_file_still, post_trim
from media_server.http.guard import guard, metrics_guard
from media_server.http.metrics import CONTENT_TYPE
from media_server.http.state import NodeState
from media_server.relay.decode_queue import Priority
from media_server.relay.decoders import StillKey
from media_server.relay.live import LiveStream

_MIME = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_MOST_WIDTH = 8192
T = TypeVar("T", bound=Wire)


async def _read(request: Request, kind: type[T]) -> T:  # type: ignore[type-arg]
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"The request body is invalid: {error}") from error


def _json(body: Wire, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")


def _node(request: Request) -> NodeState:  # type: ignore[type-arg]
    node: NodeState = request.app.state.node
    return node


def _captured(
    request: Request,  # type: ignore[type-arg]
    stream_id: str,
    wanted: StillRequest | CutRequest | RecordRequest,
) -> LiveStream:
    """Return the stream to capture if the caller may capture it."""
    running = _node(request).registry.get(stream_id)
    check_capture(running.config, by_visitor=wanted.by_visitor)
    return running.stream


def _priority(wanted: StillRequest) -> Priority:
    if wanted.is_preview:
        return Priority.PREVIEW
    return Priority.VISITOR_CAPTURE if wanted.by_visitor else Priority.CAPTURE


@get("/control/status", guards=[guard])
async def get_status(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """Report the state of the node and of all its streams."""
    node = _node(request)
    streams = [running.stream.status() for running in node.registry.all()]
    return _json(NodeStatus(node_id=node.node_id, now_us=node.clock.now_us(), streams=streams))


@post("/control/reconcile", guards=[guard], status_code=204)
async def post_reconcile(request: Request) -> None:  # type: ignore[type-arg]
    """Reload the streams now; answers when done, or after a few seconds."""
    await _node(request).reconcile()


@post("/control/drain", guards=[guard], status_code=202)
async def post_drain(request: Request) -> None:  # type: ignore[type-arg]
    """Drain the node: hand over its streams, accept no new ones, exit when none is left."""
    node = _node(request)
    await node.drain()
    await node.reconcile()


@get("/control/streams/{stream_id:str}", guards=[guard])
async def get_stream(request: Request, stream_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Report a stream's health."""
    return _json(_node(request).registry.get(stream_id).stream.status())


@get("/control/streams/{stream_id:str}/figures", guards=[guard])
async def get_figures(request: Request, stream_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Report a stream's health history over the last minutes."""
    node = _node(request)
    node.registry.get(stream_id)
    return _json(node.histories.of(stream_id))


@post("/control/streams/{stream_id:str}/restart", guards=[guard], status_code=204)
async def post_restart(request: Request, stream_id: FromPath[str]) -> None:  # type: ignore[type-arg]
    """Open the source of a stream that is not on air anew, at once."""
    _node(request).registry.restart(stream_id)


@post("/control/streams/{stream_id:str}/still", guards=[guard])
async def post_still(request: Request, stream_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Return the frame that was on screen at an instant."""
    node, wanted = _node(request), await _read(request, StillRequest)
    if wanted.max_width is not None and not 0 < wanted.max_width <= _MOST_WIDTH:
        raise BadInput(f"max_width must be between 1 and {_MOST_WIDTH}.")
    ring = _captured(request, stream_id, wanted).ring
    pts = ring.frame_at(wanted.at_us)
    if wanted.key_until_us is not None:
        pts = ring.first_keyframe(pts, wanted.key_until_us) or pts
    key = StillKey(stream_id, pts, wanted.format, wanted.max_width)
    still = await node.decoders.still(key, lambda: ring.frame_bytes(pts), _priority(wanted))
    meta = StillMeta(
        at_us=still.at_us,
        width=still.width,
        height=still.height,
        mime_type=_MIME[wanted.format],
    )
    headers = {META_HEADER: msgspec.json.encode(meta).decode()}
    return Response(still.data, status_code=200, media_type=meta.mime_type, headers=headers)


@post("/control/streams/{stream_id:str}/cut", guards=[guard])
async def post_cut(request: Request, stream_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Return a clip from the buffer."""
    wanted = await _read(request, CutRequest)
    clip = await cut(_captured(request, stream_id, wanted).ring, wanted)
    return clip_answer(clip, why_shorter(clip, wanted))


@post("/control/streams/{stream_id:str}/recordings", guards=[guard])
async def post_recording(request: Request, stream_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Start a recording; the buffered part is on disk when this answers."""
    node, wanted = _node(request), await _read(request, RecordRequest)
    stream = _captured(request, stream_id, wanted)
    return _json(await node.recordings.start(stream, wanted), 201)


@get("/control/recordings/{recording_id:str}", guards=[guard])
async def get_recording(request: Request, recording_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Report a recording's progress."""
    return _json(_node(request).recordings.get(recording_id))


@get("/control/recordings/{recording_id:str}/media", guards=[guard])
async def get_media(request: Request, recording_id: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Return a finished recording."""
    clip, reason = await _node(request).recordings.clip(recording_id)
    return clip_answer(clip, reason)


@delete("/control/recordings/{recording_id:str}", guards=[guard], status_code=204)
async def delete_recording(request: Request, recording_id: FromPath[str]) -> None:  # type: ignore[type-arg]
    """Delete a recording."""
    await _node(request).recordings.delete(recording_id)


@get("/health")
async def get_health(request: Request) -> dict[str, str]:  # type: ignore[type-arg]
    """Report liveness, and whether the disk has room for recordings."""
    node = _node(request)
    await asyncio.to_thread(check_disk, node.scratch)
    return {"status": "ok", "node": node.node_id}


@get("/metrics", guards=[metrics_guard])
async def get_metrics(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """Return the Prometheus metrics."""
    return Response(await _node(request).metrics.text(), media_type=CONTENT_TYPE)


def control_app(node: NodeState) -> Litestar:
    """Return the control listener's app."""
    app = Litestar(
        [
            get_status,
            post_reconcile,
            post_drain,
            get_stream,
            get_figures,
            post_restart,
            post_still,
            post_cut,
            post_recording,
            get_recording,
            get_media,
            delete_recording,
            post_trim,
            post_cuts,
            post_file_still,
            get_health,
            get_metrics,
        ],
        exception_handlers=HANDLERS,  # type: ignore[arg-type]
        openapi_config=None,
        request_max_body_size=None,  # the handlers measure file bodies as they stream in
        logging_config=None,
    )
    app.state.node = node
    return app
