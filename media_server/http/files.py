"""Work on a finished file sent as the request body: cut a sub-range, extract a frame."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TypeVar

import msgspec
from litestar import Request, Response, post
from litestar.response import Stream

from domain.core.errors import BadInput, MomentsError, StorageUnavailable, TooLarge
from domain.live.wire import (
    META_HEADER,
    REQUEST_HEADER,
    CutPart,
    CutsRequest,
    FileStillRequest,
    FilmMeta,
    TrimRequest,
    Wire,
    WireError,
)
from media_server.http.clip import clip_answer, meta_of
from media_server.http.guard import guard
from media_server.http.state import NodeState
from media_server.ingest.finished import ORIGIN_US, part_of
from media_server.media import mp4
from media_server.relay.questions import FilmQuestion

_MOST_BYTES = 4 * 1024**3
_WRITE_BYTES = 1024 * 1024
T = TypeVar("T", bound=Wire)


def _wanted(request: Request, kind: type[T]) -> T:  # type: ignore[type-arg]
    try:
        return msgspec.json.decode(request.headers.get(REQUEST_HEADER, ""), type=kind)
    except msgspec.MsgspecError as error:
        raise BadInput(f"{REQUEST_HEADER} is invalid: {error}") from error


@contextlib.asynccontextmanager
async def _received(request: Request) -> AsyncIterator[Path]:  # type: ignore[type-arg]
    """Spool the body to a temporary file that is deleted afterwards; memory use stays small."""
    folder: NodeState = request.app.state.node
    with tempfile.NamedTemporaryFile(dir=folder.scratch, suffix=".video") as file:
        await _receive(request, file.file)
        yield Path(file.name)


async def _receive(request: Request, file: IO[bytes]) -> None:  # type: ignore[type-arg]
    waiting, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > _MOST_BYTES:
                raise TooLarge("The file is too large to process here.")
            waiting += chunk
            if len(waiting) >= _WRITE_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
        await asyncio.to_thread(file.flush)
    except OSError as error:
        raise StorageUnavailable(
            "The media node's disk is full. Free some space and try again."
        ) from error


def _trim(path: Path, wanted: TrimRequest) -> mp4.Clip:
    clip = mp4.write(part_of(path, (wanted.start_us, wanted.end_us)))
    shift = wanted.origin_us - ORIGIN_US
    info = replace(clip.info, start_us=clip.info.start_us + shift, end_us=clip.info.end_us + shift)
    return replace(clip, info=info)


@post("/control/files/trim", guards=[guard])
async def post_trim(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """Return a sub-range of the file in the body."""
    wanted = _wanted(request, TrimRequest)
    if wanted.start_us < 0 or wanted.end_us <= wanted.start_us:
        raise BadInput("A clip must end after it starts.")
    async with _received(request) as path:
        return clip_answer(await asyncio.to_thread(_trim, path, wanted))


@post("/control/files/cuts", guards=[guard])
async def post_cuts(request: Request) -> Stream:  # type: ignore[type-arg]
    """Return several sub-ranges of the file in the body, which is sent only once for them."""
    wanted = _wanted(request, CutsRequest)
    if not all(0 <= start < end for start, end in wanted.spans):
        raise BadInput("A clip must end after it starts.")
    stack = contextlib.AsyncExitStack()
    path = await stack.enter_async_context(_received(request))
    return Stream(_parts(path, wanted, stack), status_code=200)


async def _parts(
    path: Path, wanted: CutsRequest, stack: contextlib.AsyncExitStack
) -> AsyncIterator[bytes]:
    async with stack:
        for start_us, end_us in wanted.spans:
            span = TrimRequest(start_us=start_us, end_us=end_us, origin_us=0)
            try:
                clip = await asyncio.to_thread(_trim, path, span)
            except MomentsError as error:
                refusal = WireError(error=error.message, code=error.code)
                yield _head(CutPart(refusal=refusal), 0)
                continue
            media = b"".join(clip.buffers)
            yield _head(CutPart(meta=meta_of(clip)), len(media))
            for at in range(0, len(media), _WRITE_BYTES):
                yield media[at : at + _WRITE_BYTES]


def _head(part: CutPart, size: int) -> bytes:
    text = msgspec.json.encode(part)
    return len(text).to_bytes(4) + text + size.to_bytes(8)


@post("/control/files/still", guards=[guard])
async def post_file_still(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """Return the frame that the file in the body shows at a time."""
    wanted = _wanted(request, FileStillRequest)
    node: NodeState = request.app.state.node
    async with _received(request) as path:
        question = FilmQuestion(path, wanted.at_us, wanted.format, wanted.max_width)
        film = await node.decoders.film(question)
    meta = FilmMeta(
        width=film.width,
        height=film.height,
        duration_ms=film.duration_ms,
        mime_type=f"image/{wanted.format}",
    )
    headers = {META_HEADER: msgspec.json.encode(meta).decode()}
    return Response(film.data, status_code=200, media_type=meta.mime_type, headers=headers)
