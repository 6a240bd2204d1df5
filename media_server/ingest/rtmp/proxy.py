"""Forwards publishers to the node that runs their stream.

RTMP's own redirect happens too early, at `connect`, before the key is known, and neither OBS nor
ffmpeg follow one. So this node speaks RTMP to the right one and forwards each message, about as
cheaply as processing it. Both connections end together.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from domain.core.errors import Conflict, MomentsError, NodeUnavailable, Unauthenticated
from domain.core.log import get_logger
from domain.live.nodes import Node
from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import ChunkReader, Message, chunk, control
from media_server.ingest.rtmp.errors import ProtocolError
from media_server.ingest.rtmp.handshake import HANDSHAKE, VERSION
from media_server.ingest.rtmp.session import APPLICATION, Session
from media_server.ingest.rtmp.stream_writer import Feed
from media_server.relay.publishing import WRONG_KEY

_PATIENCE_S = 5.0
_CHUNK = 65536
# Queue for the other node: many seconds of any stream. When it is full, we disconnect.
_MOST_UNSENT = 8 * 1024 * 1024
_AWAY = "The media node of this stream does not answer. Try again shortly."

log = get_logger(__name__)


class PassedFeed:
    """A publisher's media on its way to another node."""

    def __init__(self, session: Session, writer: asyncio.StreamWriter) -> None:
        self._session = session
        self._writer = writer
        self._task: asyncio.Task[None] | None = None

    def media(self, *, is_video: bool, ms: int, body: bytearray) -> None:
        """Forward a tag."""
        kind = chunks.VIDEO if is_video else chunks.AUDIO
        self._send(Message(kind, 1, ms, body), 6 if is_video else 4)

    def metadata(self, fields: Mapping[str, amf.Value]) -> None:
        """Forward the publisher's metadata."""
        body = bytearray(amf.encode("@setDataFrame", "onMetaData", dict(fields)))
        self._send(Message(chunks.DATA, 1, 0, body), 4)

    def silence(self, reason: str) -> None:
        """Do nothing: the other node notices by itself."""

    def close(self) -> None:
        """Close the other side too."""
        self._writer.close()
        if self._task is not None:
            self._task.cancel()

    def follow(self, messages: AsyncIterator[Message]) -> None:
        """Relay the other node's status to the publisher; end when it does."""
        self._task = asyncio.get_running_loop().create_task(self._follow(messages))

    def _send(self, message: Message, number: int) -> None:
        self._writer.write(chunk(message, _CHUNK, number))
        if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            self._session.redirect("The stream's media node does not keep up. Connect again.")

    async def _follow(self, messages: AsyncIterator[Message]) -> None:
        reason = "The stream's media node has gone. Connect again."
        with contextlib.suppress(ProtocolError, OSError):
            async for message in messages:
                status = _status(message)
                if status is not None and status[0] != "status":
                    reason = status[2]
                    break
        self._task = None
        self._session.redirect(reason)


class Proxy:
    """Opens connections to other nodes' streams."""

    def __init__(
        self,
        node_id: str,
        find: Callable[[str], Awaitable[Node | None]],
        reconcile: Callable[[], Awaitable[None]],
    ) -> None:
        self._node_id = node_id
        self._find = find
        self._reconcile = reconcile

    async def __call__(self, stream_id: str, key: str, session: Session) -> Feed | None:
        """Return a writer to the node that runs a stream, or None if no other node does.

        Raises:
            MomentsError: The other node refuses, or does not answer.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                node = await self._find(stream_id)
                if node is not None and node.id == self._node_id:
                    await self._reconcile()  # the registry has just assigned it to this node
                    return None
                if node is None or node.rtmp_address is None:
                    return None
                return await self._open(node.rtmp_address, key, session)
        except (OSError, TimeoutError, ProtocolError) as error:
            log.warning("rtmp_node_away", stream=stream_id, error=str(error))
            raise NodeUnavailable(_AWAY) from error

    async def _open(self, address: str, key: str, session: Session) -> Feed:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            await _greet(reader, writer)
            messages = _messages(reader)
            for message in _request(key):
                writer.write(chunk(message, _CHUNK))
            async for message in messages:
                status = _status(message)
                if status is None:
                    continue
                if status[0] != "status":
                    raise _refusal(status[1], status[2])
                feed = PassedFeed(session, writer)
                feed.follow(messages)
                return feed
            raise NodeUnavailable(_AWAY)
        except BaseException:
            writer.close()
            raise


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(bytes([VERSION]) + bytes(HANDSHAKE))
    answer = await reader.readexactly(1 + 2 * HANDSHAKE)
    writer.write(answer[1 : 1 + HANDSHAKE])


def _request(key: str) -> list[Message]:
    def command(stream: int, *values: amf.Value) -> Message:
        return Message(chunks.COMMAND, stream, 0, bytearray(amf.encode(*values)))

    return [
        control(chunks.SET_CHUNK_SIZE, _CHUNK),
        command(0, "connect", 1, {"app": APPLICATION}),
        command(0, "createStream", 2, None),
        command(1, "publish", 3, None, key, "live"),
    ]


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[Message]:
    parts = ChunkReader(64 * 1024)
    while data := await reader.read(65536):
        for message in parts.feed(data):
            yield message


def _status(message: Message) -> tuple[str, str, str] | None:
    """Return level, code and sentence of a status; None if it is not one."""
    if message.kind != chunks.COMMAND:
        return None
    values = amf.decode(message.body)
    info = values[3] if len(values) > 3 else None
    if not values or values[0] not in {"onStatus", "_error"} or not isinstance(info, dict):
        return None
    return str(info.get("level")), str(info.get("code")), str(info.get("description"))


def _refusal(code: str, sentence: str) -> MomentsError:
    sentence = sentence.removesuffix(".")
    if code.endswith("Denied"):
        return Unauthenticated(WRONG_KEY)
    return Conflict(sentence) if code.endswith("BadName") else NodeUnavailable(sentence)
