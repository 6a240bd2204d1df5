"""A media node without media: the whole control protocol over real HTTP, with scripted answers.

It implements `domain.live.wire`: the key, the error codes, the meta header. A stream is a window
and an image; a cut is a text that describes the cut.
"""

import contextlib
import io
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from PIL import Image

from domain.core.errors import (
    LeftTheBuffer,
    MomentsError,
    NotFound,
    StreamOffline,
    TooEarly,
    Unavailable,
)
from domain.core.secrets import Keyring, internal_key
from domain.live.wire import (
    META_HEADER,
    REQUEST_HEADER,
    CutMeta,
    CutPart,
    CutRequest,
    CutsRequest,
    FileStillRequest,
    FilmMeta,
    NodeStatus,
    Recording,
    RecordRequest,
    StillMeta,
    StillRequest,
    StreamStatus,
    TrimRequest,
    Window,
    Wire,
    WireError,
)
from media_server.ingest.finished import ORIGIN_US, ring_of
from media_server.media import mp4

WIDTH, HEIGHT = 1280, 720
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[Wire | None, bytes]  # meta or body, media


def picture(width: int = WIDTH, height: int = HEIGHT, kind: str = "JPEG") -> bytes:
    """Return an image that decodes."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 80, 40)).save(out, kind)
    return out.getvalue()


@dataclass
class FakeNode:
    """Start it, give it windows, take it down, restart it at the same address."""

    keyring: Keyring
    id: str = "node_01jdk2v7w8x9y0z1a2b3c4d5e6"
    windows: dict[str, Window | None] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    break_off: bool = False  # break off a cut in the middle of its bytes
    refuse: MomentsError | None = None
    refuse_stills: bool = False  # of streams; a decoder that crashes
    _port: int = 0
    _server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen, on the last port if there was one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app, interface="asgi3", lifespan="off", log_level="error", access_log=False
        )
        config.load()
        # Not `serve`, which looks only ten times a second whether it should end.
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[listener])

    async def stop(self) -> None:
        """Go down; open connections break."""
        if self._server is not None:
            for listening in self._server.servers:
                listening.close()
            for connection in list(self._server.server_state.connections):
                if connection.transport is not None:
                    connection.transport.abort()
            self._server = None

    async def _app(self, scope: Message, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.calls.append(f"{scope['method']} {scope['path']}")
        try:
            if headers.get("authorization") != f"Bearer {internal_key(self.keyring)}":
                await self._send(send, 401, WireError(error="no", code="unauthenticated"), b"")
                return
            is_asked = scope["method"] == "POST" or scope["path"] == "/health"
            if self.refuse is not None and is_asked:
                raise self.refuse
            wire, media = self._answer(scope["method"], scope["path"], headers, body)
            await self._send(send, 200 if wire else 204, wire, media)
        except MomentsError as error:
            refusal = WireError(error=error.message, code=error.code)
            await self._send(send, 400, refusal, b"")

    async def _send(self, send: Send, status: int, wire: Wire | None, media: bytes) -> None:
        text = b"" if wire is None else msgspec.json.encode(wire)
        headers = [(META_HEADER.encode(), text)] if media else []
        content = media or text
        length = len(content) * 2 if self.break_off and media else len(content)
        headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = body if REQUEST_HEADER.lower() not in headers else _request(headers)
        routes: dict[str, Callable[..., Answer]] = {
            r"GET /health": lambda: (None, b""),
            r"GET /control/status": self._node_status,
            r"POST /control/reconcile": lambda: (None, b""),
            r"GET /control/streams/(\w+)": lambda stream_id: (self._status(stream_id), b""),
            r"POST /control/streams/(\w+)/restart": lambda _stream_id: (None, b""),
            r"POST /control/streams/(\w+)/still": lambda stream_id: self._still(
                stream_id, msgspec.json.decode(asked, type=StillRequest)
            ),
            r"POST /control/streams/(\w+)/cut": lambda stream_id: self._cut(
                stream_id, msgspec.json.decode(asked, type=CutRequest)
            ),
            r"POST /control/streams/(\w+)/recordings": lambda stream_id: self._record(
                stream_id, msgspec.json.decode(asked, type=RecordRequest)
            ),
            r"GET /control/recordings/(\w+)": lambda key: (self._recording(key), b""),
            r"GET /control/recordings/(\w+)/media": self._recorded,
            r"DELETE /control/recordings/(\w+)": self._delete,
            r"POST /control/files/trim": lambda: _trim(
                msgspec.json.decode(asked, type=TrimRequest), body
            ),
            r"POST /control/files/cuts": lambda: _cuts(
                msgspec.json.decode(asked, type=CutsRequest), body
            ),
            r"POST /control/files/still": lambda: _file_still(
                msgspec.json.decode(asked, type=FileStillRequest)
            ),
        }
        for pattern, handler in routes.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return handler(*found.groups())
        raise NotFound(f"no such route: {method} {path}")

    def _node_status(self) -> Answer:
        streams = [self._status(stream_id) for stream_id in self.windows]
        return NodeStatus(node_id=self.id, now_us=0, streams=streams), b""

    def _delete(self, recording_id: str) -> Answer:
        self._recording(recording_id)
        del self.recordings[recording_id]
        return None, b""

    def _status(self, stream_id: str) -> StreamStatus:
        if stream_id not in self.windows:
            raise NotFound("There is no such stream")
        window = self.windows[stream_id]
        return StreamStatus(
            stream_id=stream_id, status="live" if window else "connecting", window=window
        )

    def _window(self, stream_id: str) -> Window:
        window = self._status(stream_id).window
        if window is None:
            raise StreamOffline("The stream has nothing in its buffer yet")
        return window

    def _still(self, stream_id: str, wanted: StillRequest) -> Answer:
        if self.refuse_stills:
            raise Unavailable("The decoder was lost. Please try again")
        window = self._window(stream_id)
        at_us = window.end_us - 1 if wanted.at_us is None else wanted.at_us
        _check(window, at_us, at_us)
        return _image(at_us, wanted.max_width or WIDTH, wanted.format)

    def _cut(self, stream_id: str, wanted: CutRequest) -> Answer:
        window = self._window(stream_id)
        if wanted.last_ms is not None:
            start = max(window.start_us, window.end_us - wanted.last_ms * 1000)
            return _clip(start, window.end_us)
        assert wanted.start_us is not None
        assert wanted.end_us is not None
        _check(window, wanted.start_us, wanted.end_us)
        return _clip(wanted.start_us, wanted.end_us)

    def _record(self, stream_id: str, wanted: RecordRequest) -> Answer:
        self._window(stream_id)
        made = Recording(
            recording_id=wanted.recording_id,
            stream_id=stream_id,
            status="recording",
            start_us=wanted.start_us,
            end_us=wanted.end_us,
        )
        self.recordings[wanted.recording_id] = made
        return made, b""

    def end_recording(self, recording_id: str, held_until_us: int | None = None) -> None:
        """Make a recording ready, up to its end or to what was buffered."""
        recording = self.recordings[recording_id]
        self.recordings[recording_id] = msgspec.structs.replace(
            recording, status="ready", held_until_us=held_until_us
        )

    def _recording(self, recording_id: str) -> Recording:
        if recording_id not in self.recordings:
            raise NotFound("There is no such recording")
        return self.recordings[recording_id]

    def _recorded(self, recording_id: str) -> Answer:
        recording = self._recording(recording_id)
        end = recording.held_until_us or recording.end_us
        meta, data = _clip(recording.start_us, end)
        if recording.held_until_us is not None:
            reason = "The node stopped while it was recording"
            return msgspec.structs.replace(meta, complete=False, reason=reason), data
        return meta, data


def _request(headers: dict[str, str]) -> bytes:
    return headers[REQUEST_HEADER.lower()].encode()


def _trim(wanted: TrimRequest, body: bytes) -> Answer:
    if body[4:8] == b"ftyp":
        return _trim_film(wanted, body)
    assert body.startswith(b"clip ")
    return _clip(wanted.origin_us + wanted.start_us, wanted.origin_us + wanted.end_us)


def _trim_film(wanted: TrimRequest, body: bytes) -> Answer:
    """Cut a real file as a node does."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(body)
        file.flush()
        ring = ring_of(Path(file.name), (wanted.start_us, wanted.end_us))
    clip = mp4.write(ring.select(ORIGIN_US + wanted.start_us, ORIGIN_US + wanted.end_us))
    meta, _ = _clip(clip.info.start_us, clip.info.end_us)
    meta = msgspec.structs.replace(meta, width=clip.info.width, height=clip.info.height)
    return meta, b"".join(clip.buffers)


def _cuts(wanted: CutsRequest, body: bytes) -> Answer:
    media = b""
    for start_us, end_us in wanted.spans:
        span = TrimRequest(start_us=start_us, end_us=end_us, origin_us=0)
        meta, clip = _trim(span, body)
        assert isinstance(meta, CutMeta)
        text = msgspec.json.encode(CutPart(meta=meta))
        media += len(text).to_bytes(4) + text + len(clip).to_bytes(8) + clip
    return wanted, media


def _file_still(wanted: FileStillRequest) -> Answer:
    _, jpeg = _image(wanted.at_us, wanted.max_width or WIDTH)
    return FilmMeta(width=WIDTH, height=HEIGHT, duration_ms=1234, mime_type="image/jpeg"), jpeg


def _check(window: Window, start_us: int, end_us: int) -> None:
    if start_us < window.start_us:
        raise LeftTheBuffer("This has left the buffer")
    if end_us > window.end_us:
        raise TooEarly("This is yet to come")


def _clip(start_us: int, end_us: int) -> tuple[CutMeta, bytes]:
    meta = CutMeta(
        start_us=start_us,
        end_us=end_us,
        duration_ms=round((end_us - start_us) / 1000),
        width=WIDTH,
        height=HEIGHT,
        has_video=True,
        has_audio=True,
    )
    return meta, f"clip {start_us} {end_us} ".encode() + bytes(200_000)


def _image(at_us: int, width: int, kind: str = "jpeg") -> Answer:
    height = round(HEIGHT * width / WIDTH)
    meta = StillMeta(at_us=at_us, width=width, height=height, mime_type=f"image/{kind}")
    return meta, picture(width, height, kind.upper())


@contextlib.asynccontextmanager
async def fake_node(keyring: Keyring) -> AsyncIterator[FakeNode]:
    """Run one for the duration of the context."""
    node = FakeNode(keyring)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()
