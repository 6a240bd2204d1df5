"""A relay that cuts connections on a keyword: a server that dies at the worst time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def cut_at(port: int, word: bytes) -> AsyncIterator[int]:
    """Relay to a port, and cut a connection as soon as its client sends a keyword."""

    async def relay(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, forth = await asyncio.open_connection("127.0.0.1", port)

        async def answers() -> None:
            while data := await server.read(4096):
                back.write(data)

        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(answers())
            while (data := await client.read(4096)) and word not in data:
                forth.write(data)
            answering.cancel()
        forth.transport.abort()
        back.transport.abort()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as listener:
        yield listener.sockets[0].getsockname()[1]
