"""A small RTMP publisher for what ffmpeg never sends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import ChunkReader, Message, chunk


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._parts = ChunkReader(1 << 20)
        self._came: list[Message] = []

    async def greet(self) -> None:
        """Shake hands."""
        self.writer.write(b"\x03" + bytes(1536))
        await self.reader.readexactly(1 + 2 * 1536)
        self.writer.write(bytes(1536))

    def command(self, *values: amf.Value, stream: int = 0, kind: int = chunks.COMMAND) -> None:
        """Send a command."""
        self.send(kind, amf.encode(*values), stream=stream)

    def send(self, kind: int, body: bytes, *, ms: int = 0, stream: int = 1) -> None:
        """Send a message."""
        self.writer.write(chunk(Message(kind, stream, ms, bytearray(body)), 128))

    async def answer(self, *names: str) -> list[amf.Value]:
        """Return the next answer of one of these names."""
        while True:
            while self._came:
                message = self._came.pop(0)
                if message.kind == chunks.COMMAND:
                    values = amf.decode(message.body)
                    if values[0] in names:
                        return values
            data = await asyncio.wait_for(self.reader.read(65536), 120)
            if not data:
                raise EOFError
            self._came += self._parts.feed(data)

    async def status(self) -> dict[str, amf.Value]:
        """Return the next status."""
        info = (await self.answer("onStatus"))[3]
        assert isinstance(info, dict)
        return info

    async def publish(self, key: str) -> dict[str, amf.Value]:
        """Do all that comes before media and return the status."""
        await self.greet()
        self.command("connect", 1, {"app": "live", "fourCcList": ["avc1"]})
        await self.answer("_result")
        self.command("createStream", 2, None)
        await self.answer("_result")
        self.command("publish", 3, None, key, "live", stream=1)
        return await self.status()

    async def closed(self) -> None:
        """Wait until the server has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self.reader.read(65536), 120):
                pass


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    """Connect to a port on this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
