"""Messages to an RTMP peer (RTMP 1.0, sections 5.4 and 7.2)."""

import asyncio

from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import Message, control
from media_server.ingest.rtmp.commands import info_of

STREAM = 1  # the only message stream of a connection
WINDOW = 2_500_000
_OUR_CHUNK = 65536
_MOST_UNREAD = 64 * 1024


class Answers:
    """Writes messages to one peer, in chunks of the announced size."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._chunk = 128  # until we announce another

    def begin(self, transport: asyncio.Transport) -> None:
        """Write to this transport from now on."""
        self._transport = transport

    def send(self, message: Message, number: int = 3) -> None:
        """Send a message in a chunk stream; close a peer that never reads."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(chunks.chunk(message, self._chunk, number))
        if transport.get_write_buffer_size() > _MOST_UNREAD:
            transport.abort()

    def invoke(self, *values: amf.Value, stream: int = 0) -> None:
        """Send a command."""
        body = bytearray(amf.encode(*values))
        self.send(Message(chunks.COMMAND, stream, 0, body), 3 if stream == 0 else 5)

    def status(
        self, code: str, reason: str, *, level: str = "status", stream: int = STREAM
    ) -> None:
        """Send a status of a stream, or of the connection (`stream` 0)."""
        self.invoke("onStatus", 0, None, info_of(code, reason, level=level), stream=stream)

    def accept(self, number: amf.Value, fields: dict[str, amf.Value]) -> None:
        """Answer a `connect` and announce our protocol settings."""
        self.send(control(chunks.WINDOW_SIZE, WINDOW), 2)
        self.send(control(chunks.PEER_BANDWIDTH, WINDOW, 2), 2)
        self.send(control(chunks.SET_CHUNK_SIZE, _OUR_CHUNK), 2)
        self._chunk = _OUR_CHUNK
        info = info_of("NetConnection.Connect.Success", "Connected.")
        info["objectEncoding"] = fields.get("objectEncoding") or 0
        server: dict[str, amf.Value] = {"fmsVer": "FMS/3,5,7,7009", "capabilities": 31}
        if "fourCcList" in fields:
            server["fourCcList"] = ["avc1", "mp4a", "Opus"]
        self.invoke("_result", number, server, info)
