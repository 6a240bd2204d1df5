"""The client of the media nodes' control routes: small messages, and streamed media."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeVar

import httpx
import msgspec

from domain.core import errors
from domain.core.errors import MomentsError, NodeUnavailable
from domain.core.log import get_logger
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
    History,
    NodeStatus,
    Recording,
    RecordRequest,
    StillMeta,
    StillRequest,
    StreamStatus,
    TrimRequest,
    Wire,
    WireError,
)

log = get_logger(__name__)

Answer = TypeVar("Answer", bound=Wire)
Media = tuple[CutMeta, AsyncIterator[bytes]]
Cut = Media | MomentsError

_AWAY: Final = "The media node does not answer. Please try again in a moment."
_SHORT: Final = httpx.Timeout(2, connect=1)
_LONG: Final = httpx.Timeout(30, connect=1)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)


class NodeClient:
    """The client side of `domain.live.wire`. Each method takes the node's control URL."""

    def __init__(
        self, keyring: Keyring, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {internal_key(keyring)}"},
            timeout=_LONG,
            limits=httpx.Limits(max_connections=100, keepalive_expiry=30),
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def status(self, node: str) -> NodeStatus:
        """Return the status of a node and all its streams."""
        return await self._get(f"{node}/control/status", NodeStatus)

    async def check(self, node: str) -> None:
        """Do nothing if a node is healthy.

        Raises:
            NodeUnavailable: It does not answer. StorageUnavailable: It has no room for recordings.
        """
        await self._call("GET", f"{node}/health", timeout=_SHORT)

    async def reconcile(self, node: str) -> None:
        """Make a node reload its streams."""
        await self._call("POST", f"{node}/control/reconcile", timeout=_SHORT)

    async def stream(self, node: str, stream_id: str) -> StreamStatus:
        """Return a stream's current status."""
        with _starting():
            return await self._get(f"{node}/control/streams/{stream_id}", StreamStatus)

    async def history(self, node: str, stream_id: str) -> History:
        """Return a stream's health over the last minutes."""
        return await self._get(f"{node}/control/streams/{stream_id}/figures", History)

    async def restart(self, node: str, stream_id: str) -> None:
        """Make a node open a stream's source anew, unless it is on air."""
        url = f"{node}/control/streams/{stream_id}/restart"
        await self._call("POST", url, timeout=_SHORT)

    async def still(
        self, node: str, stream_id: str, wanted: StillRequest
    ) -> tuple[StillMeta, bytes]:
        """Return the frame shown at an instant.

        Raises:
            LeftTheBuffer, TooEarly, StreamOffline: The node's clock decides.
        """
        url = f"{node}/control/streams/{stream_id}/still"
        with _starting():
            response = await self._call("POST", url, message=wanted)
        return _meta(response, StillMeta), response.content

    @asynccontextmanager
    async def cut(self, node: str, stream_id: str, wanted: CutRequest) -> AsyncIterator[Media]:
        """Open a cut: its actual span, and its bytes as they arrive.

        Raises:
            LeftTheBuffer, TooEarly, StreamOffline: The node's clock decides.
            NodeUnavailable: The connection broke; can also be raised while reading the bytes.
        """
        url = f"{node}/control/streams/{stream_id}/cut"
        with _starting():
            async with self._media("POST", url, content=msgspec.json.encode(wanted)) as media:
                yield media

    async def record(self, node: str, stream_id: str, wanted: RecordRequest) -> Recording:
        """Start a recording; the buffered part is on the node's disk when this returns."""
        url = f"{node}/control/streams/{stream_id}/recordings"
        with _starting():
            return _decoded(await self._call("POST", url, message=wanted), Recording)

    async def recording(self, node: str, recording_id: str) -> Recording:
        """Return a recording's progress."""
        return await self._get(f"{node}/control/recordings/{recording_id}", Recording)

    @asynccontextmanager
    async def recorded(self, node: str, recording_id: str) -> AsyncIterator[Media]:
        """Open a finished recording: its actual span, and its bytes as they arrive."""
        async with self._media("GET", f"{node}/control/recordings/{recording_id}/media") as media:
            yield media

    async def delete_recording(self, node: str, recording_id: str) -> None:
        """Delete a recording; idempotent."""
        try:
            await self._call("DELETE", f"{node}/control/recordings/{recording_id}", timeout=_SHORT)
        except errors.NotFound:
            return

    @asynccontextmanager
    async def trim(
        self, node: str, wanted: TrimRequest, mp4: AsyncIterator[bytes]
    ) -> AsyncIterator[Media]:
        """Cut a range out of a file; streams both input and output."""
        headers = {REQUEST_HEADER: msgspec.json.encode(wanted).decode()}
        url = f"{node}/control/files/trim"
        async with self._media("POST", url, content=mp4, headers=headers) as media:
            yield media

    @asynccontextmanager
    async def cuts(
        self, node: str, wanted: CutsRequest, file: AsyncIterator[bytes]
    ) -> AsyncIterator[AsyncIterator[Cut]]:
        """Cut several ranges out of a file: each as a clip, whose bytes come before the next."""
        headers = {REQUEST_HEADER: msgspec.json.encode(wanted).decode()}
        request = self._http.build_request(
            "POST", f"{node}/control/files/cuts", content=file, headers=headers
        )
        response = await _once(lambda: self._http.send(request, stream=True))
        try:
            if response.is_error:
                with _readable():
                    await response.aread()
            _check(response)
            yield _cuts(_Received(_body(response)), len(wanted.spans))
        finally:
            await response.aclose()

    async def file_still(
        self, node: str, wanted: FileStillRequest, file: AsyncIterator[bytes]
    ) -> tuple[FilmMeta, bytes]:
        """Return a frame of a video file."""
        headers = {REQUEST_HEADER: msgspec.json.encode(wanted).decode()}
        with _readable():
            response = await self._http.post(
                f"{node}/control/files/still", content=file, headers=headers
            )
        _check(response)
        return _meta(response, FilmMeta), response.content

    async def _get(self, url: str, kind: type[Answer]) -> Answer:
        return _decoded(await self._call("GET", url, timeout=_SHORT), kind)

    async def _call(
        self,
        method: str,
        url: str,
        *,
        message: Wire | None = None,
        timeout: httpx.Timeout = _LONG,
    ) -> httpx.Response:
        content = None if message is None else msgspec.json.encode(message)

        async def send() -> httpx.Response:
            return await self._http.request(method, url, content=content, timeout=timeout)

        response = await _twice(send)
        _check(response)
        return response

    @asynccontextmanager
    async def _media(
        self,
        method: str,
        url: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[Media]:
        request = self._http.build_request(method, url, content=content, headers=headers)

        async def send() -> httpx.Response:
            return await self._http.send(request, stream=True)

        is_replayable = content is None or isinstance(content, bytes)
        response = await (_twice(send) if is_replayable else _once(send))
        try:
            if response.is_error:
                with _readable():
                    await response.aread()
            _check(response)
            yield _meta(response, CutMeta), _body(response)
        finally:
            await response.aclose()


async def _once(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    with _readable():
        return await send()


async def _twice(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Retry once if the connection was stale: a node may receive every message twice."""
    try:
        return await send()
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        await asyncio.sleep(0.05)
    except httpx.HTTPError as error:
        raise _away(error) from error
    return await _once(send)


class _Received:
    """A body read in pieces of known length."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    async def exactly(self, size: int) -> bytes:
        """Return so many bytes."""
        return b"".join([piece async for piece in self.pieces(size)])

    async def pieces(self, size: int) -> AsyncIterator[bytes]:
        """Yield so many bytes as they arrive.

        Raises:
            NodeUnavailable: The body ends before.
        """
        while size > 0:
            if not self._rest:
                try:
                    self._rest = await anext(self._chunks)
                except StopAsyncIteration as error:
                    raise _away(error) from error
            piece, self._rest = self._rest[:size], self._rest[size:]
            size -= len(piece)
            yield piece


async def _cuts(received: _Received, count: int) -> AsyncIterator[Cut]:
    for _ in range(count):
        length = int.from_bytes(await received.exactly(4))
        part = _decode(await received.exactly(length), CutPart)
        size = int.from_bytes(await received.exactly(8))
        if part.meta is None:
            yield error_of(part.refusal) if part.refusal else NodeUnavailable(_AWAY)
        else:
            yield part.meta, received.pieces(size)


async def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    with _readable():
        async for chunk in response.aiter_bytes():
            yield chunk


@contextmanager
def _readable() -> Iterator[None]:
    """Translate the HTTP client's exceptions into `NodeUnavailable`."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise _away(error) from error


@contextmanager
def _starting() -> Iterator[None]:
    """Translate a node's "unknown stream": the node has not started it yet."""
    try:
        yield
    except errors.NotFound as error:
        raise errors.StreamOffline(
            "This stream is just starting. Please try again in a moment."
        ) from error


def _away(error: Exception) -> NodeUnavailable:
    log.warning("node_unavailable", reason=f"{type(error).__name__}: {error}")
    return NodeUnavailable(_AWAY)


def _check(response: httpx.Response) -> None:
    if response.is_error:
        try:
            refusal = msgspec.json.decode(response.content, type=WireError)
        except _UNREADABLE as error:
            log.warning("node_answers_badly", status=response.status_code)
            raise NodeUnavailable(_AWAY) from error
        raise error_of(refusal)


def error_of(refusal: WireError) -> MomentsError:
    """Return the domain's error for a node's refusal."""
    if refusal.code == errors.BadFields.code:
        return errors.BadFields(refusal.fields or {}, refusal.error)
    if refusal.code == errors.Unauthenticated.code:  # our key, not the user's
        return NodeUnavailable(
            "The media node refuses this server because their secrets differ. "
            "Set the same MOMENTS_SECRET on both."
        )
    if refusal.code == errors.RateLimited.code:
        return errors.RateLimited(refusal.error, retry_after_s=2)
    known = _BY_CODE.get(refusal.code)
    if known is None:
        return NodeUnavailable(refusal.error)
    return known(refusal.error)


_BY_CODE: Final[dict[str, type[MomentsError]]] = {
    kind.code: kind
    for kind in (
        errors.BadInput, errors.TooLarge, errors.UnsupportedMedia, errors.Forbidden,
        errors.NotFound, errors.Conflict, errors.Gone, errors.LeftTheBuffer, errors.TooEarly,
        errors.Unavailable, errors.StreamOffline, errors.NodeUnavailable,
        errors.StorageUnavailable, errors.DatabaseUnavailable,
    )
}  # fmt: skip


def _meta(response: httpx.Response, kind: type[Answer]) -> Answer:
    return _decode(response.headers.get(META_HEADER, "").encode(), kind)


def _decoded(response: httpx.Response, kind: type[Answer]) -> Answer:
    return _decode(response.content, kind)


def _decode(text: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(text, type=kind)
    except _UNREADABLE as error:
        log.warning("node_answers_badly", reason=str(error))
        raise NodeUnavailable(_AWAY) from error
