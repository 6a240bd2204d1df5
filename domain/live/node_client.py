"""The client of the media nodes' control routes: small messages, and streamed media."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import httpx
import msgspec

from domain.core import errors
from domain.core.secrets import Keyring, internal_key
from domain.live.node_answers import (
    Answer,
    Cut,
    Media,
    Received,
    away,
    body_of,
    check,
    cuts_of,
    decoded,
    meta_of,
    readable,
    starting,
)
from domain.live.wire import (
    REQUEST_HEADER,
    CutMeta,
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
)

_SHORT: Final = httpx.Timeout(2, connect=1)
_LONG: Final = httpx.Timeout(30, connect=1)


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
        with starting():
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
        with starting():
            response = await self._call("POST", url, message=wanted)
        return meta_of(response, StillMeta), response.content

    @asynccontextmanager
    async def cut(self, node: str, stream_id: str, wanted: CutRequest) -> AsyncIterator[Media]:
        """Open a cut: its actual span, and its bytes as they arrive.

        Raises:
            LeftTheBuffer, TooEarly, StreamOffline: The node's clock decides.
            NodeUnavailable: The connection broke; can also be raised while reading the bytes.
        """
        url = f"{node}/control/streams/{stream_id}/cut"
        with starting():
            async with self._media("POST", url, content=msgspec.json.encode(wanted)) as media:
                yield media

    async def record(self, node: str, stream_id: str, wanted: RecordRequest) -> Recording:
        """Start a recording; the buffered part is on the node's disk when this returns."""
        url = f"{node}/control/streams/{stream_id}/recordings"
        with starting():
            return decoded(await self._call("POST", url, message=wanted), Recording)

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
                with readable():
                    await response.aread()
            check(response)
            yield cuts_of(Received(body_of(response)), len(wanted.spans))
        finally:
            await response.aclose()

    async def file_still(
        self, node: str, wanted: FileStillRequest, file: AsyncIterator[bytes]
    ) -> tuple[FilmMeta, bytes]:
        """Return a frame of a video file."""
        headers = {REQUEST_HEADER: msgspec.json.encode(wanted).decode()}
        with readable():
            response = await self._http.post(
                f"{node}/control/files/still", content=file, headers=headers
            )
        check(response)
        return meta_of(response, FilmMeta), response.content

    async def _get(self, url: str, kind: type[Answer]) -> Answer:
        return decoded(await self._call("GET", url, timeout=_SHORT), kind)

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
        check(response)
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
                with readable():
                    await response.aread()
            check(response)
            yield meta_of(response, CutMeta), body_of(response)
        finally:
            await response.aclose()


async def _once(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    with readable():
        return await send()


async def _twice(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Retry once if the connection was stale: a node may receive every message twice."""
    try:
        return await send()
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        await asyncio.sleep(0.05)
    except httpx.HTTPError as error:
        raise away(error) from error
    return await _once(send)
