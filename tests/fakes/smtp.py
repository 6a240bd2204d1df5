"""A mail server: takes messages by SMTP (RFC 5321), without TLS and logins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class FakeSmtp:
    """Keeps what was sent; refuses the address that it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refused = ""
        self.answer_to_data = b"250 Taken\r\n"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client."""
        writer.write(b"220 fake\r\n")
        async for line in reader:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                writer.write(b"354 Go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                message = message_from_bytes(data[:-3], policy=policy.default)
                assert isinstance(message, EmailMessage)
                if self.answer_to_data.startswith(b"2"):
                    self.messages.append(message)
                writer.write(self.answer_to_data)
            elif verb == b"RCPT" and self.refused and self.refused.encode() in line:
                writer.write(b"550 Nobody here\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 Bye\r\n")
                break
            else:
                writer.write(b"250 Good\r\n")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def fake_smtp() -> AsyncIterator[FakeSmtp]:
    """Run a mail server on a free port."""
    fake = FakeSmtp()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
