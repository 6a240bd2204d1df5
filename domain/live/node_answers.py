"""Media nodes' answers: their messages, their media, and their refusals as the domain's errors."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import httpx
import msgspec

from domain.core import errors
from domain.core.errors import MomentsError, NodeUnavailable
from domain.core.log import get_logger
from domain.live.wire import META_HEADER, CutMeta, CutPart, Wire, WireError

log = get_logger(__name__)

Answer = TypeVar("Answer", bound=Wire)
Media = tuple[CutMeta, AsyncIterator[bytes]]
Cut = Media | MomentsError

_AWAY: Final = "The media node does not answer. Please try again in a moment."
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)


class Received:
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
                    raise away(error) from error
            piece, self._rest = self._rest[:size], self._rest[size:]
            size -= len(piece)
            yield piece


async def cuts_of(received: Received, count: int) -> AsyncIterator[Cut]:
    """Yield each cut of one answer, or why there is none; one is read before the next."""
    for _ in range(count):
        length = int.from_bytes(await received.exactly(4))
        part = _decode(await received.exactly(length), CutPart)
        size = int.from_bytes(await received.exactly(8))
        if part.meta is None:
            yield error_of(part.refusal) if part.refusal else NodeUnavailable(_AWAY)
        else:
            yield part.meta, received.pieces(size)


async def body_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield a streamed body.

    Raises:
        NodeUnavailable: It breaks off.
    """
    with readable():
        async for chunk in response.aiter_bytes():
            yield chunk


@contextmanager
def readable() -> Iterator[None]:
    """Translate the HTTP client's exceptions into `NodeUnavailable`."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise away(error) from error


@contextmanager
def starting() -> Iterator[None]:
    """Translate a node's "unknown stream": the node has not started it yet."""
    try:
        yield
    except errors.NotFound as error:
        raise errors.StreamOffline(
            "This stream is just starting. Please try again in a moment."
        ) from error


def away(error: Exception) -> NodeUnavailable:
    """Return the error for a node that does not answer."""
    log.warning("node_unavailable", reason=f"{type(error).__name__}: {error}")
    return NodeUnavailable(_AWAY)


def check(response: httpx.Response) -> None:
    """Raise a node's refusal as the domain's error."""
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


def meta_of(response: httpx.Response, kind: type[Answer]) -> Answer:
    """Return what an answer's header says of its body."""
    return _decode(response.headers.get(META_HEADER, "").encode(), kind)


def decoded(response: httpx.Response, kind: type[Answer]) -> Answer:
    """Return an answer's message.

    Raises:
        NodeUnavailable: It cannot be read.
    """
    return _decode(response.content, kind)


def _decode(text: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(text, type=kind)
    except _UNREADABLE as error:
        log.warning("node_answers_badly", reason=str(error))
        raise NodeUnavailable(_AWAY) from error
