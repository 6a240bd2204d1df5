"""A camera with scripted answers, and ports that must stay untouched."""

import asyncio
import contextlib
import itertools
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from domain.core.errors import BadInput
from domain.infra.http.safe_http import Policy, SafeFetcher
from media_server.ingest.policy import PullPolicy

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
    "m=audio 0 RTP/AVP 0\r\na=control:{control}\r\n"
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    url: str
    fields: dict[str, str]


Script = Callable[[Asked], str | None]


def reply(status: str, *fields: str, body: str = "") -> str:
    """Write an answer; its CSeq is put in by the camera."""
    lines = [f"RTSP/1.0 {status}", *fields, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines)


def redirect(status: str, location: str) -> str:
    """Write an answer that leads elsewhere."""
    return reply(f"{status} Moved", f"Location: {location}")


@dataclass
class Camera:
    """Sends G.711 sound over interleaved RTP, unless its script says something else."""

    script: Script = lambda _asked: None
    control: str = "track1"
    transport: str | None = None  # what SETUP answers with instead of what was asked for
    address: str = "0.0.0.0"
    speaks: frozenset[str] = frozenset({"tcp", "udp"})
    swaps: int = 0  # the bits of a UDP packet's number that are turned over: 3 reverses each four
    loses: int = 0  # every so many UDP packets, one is lost
    own_requests: tuple[str, ...] = ()  # made after PLAY; sound comes when they are answered
    port: int = 0
    connections: int = 0
    asked: list[Asked] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)  # status lines of answers to our requests

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Camera"]:
        """Serve until left."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def methods(self) -> list[str]:
        """Return what was asked, in order."""
        return [asked.method for asked in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        async with asyncio.TaskGroup() as group:
            sending: asyncio.Task[None] | None = None
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while text := await _next_message(reader):
                    if text.startswith("RTSP/"):
                        self.answered.append(text.splitlines()[0])
                    elif self._answer(text, writer).method == "PLAY":
                        writer.write("".join(self.own_requests).encode())
                    is_playing = self.asked[-1].method == "PLAY"
                    if is_playing and len(self.answered) == len(self.own_requests):
                        sending = group.create_task(self._send_sound(writer))
            if sending is not None:
                sending.cancel()
            writer.close()

    async def _send_sound(self, writer: asyncio.StreamWriter) -> None:
        found = re.search(r"client_port=(\d+)", self.asked[-2].fields.get("Transport", ""))
        if found is None:
            await _send_sound(writer)
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.connect(("127.0.0.1", int(found[1])))
            for number in itertools.count():
                sent = number ^ self.swaps if number >= 8 else number
                if not self.loses or sent % self.loses:
                    own.send(_packet(sent))
                await asyncio.sleep(0.002)

    def _answer(self, text: str, writer: asyncio.StreamWriter) -> Asked:
        method, url = text.split()[:2]
        fields = dict(line.split(": ", 1) for line in text.split("\r\n")[1:] if ": " in line)
        asked = Asked(method, url, fields)
        self.asked.append(asked)
        answer = self.script(asked)
        head, _, rest = (self._usual(asked) if answer is None else answer).partition("\r\n")
        writer.write(f"{head}\r\nCSeq: {fields['CSeq']}\r\n{rest}".encode())
        return asked

    def _usual(self, asked: Asked) -> str:
        if asked.method == "DESCRIBE":
            body = _SDP.format(control=self.control, address=self.address)
            return reply("200 OK", "Content-Type: application/sdp", body=body)
        if asked.method == "SETUP":
            transport = self.transport or asked.fields["Transport"]
            if ("tcp" if "TCP" in transport else "udp") not in self.speaks:
                return reply("461 Unsupported Transport")
            if "TCP" not in transport:
                transport += ";server_port=9000-9001"
            return reply("200 OK", "Session: 7;timeout=60", f"Transport: {transport}")
        return reply("200 OK", "Session: 7", "Public: DESCRIBE, SETUP, PLAY, GET_PARAMETER")


async def _next_message(reader: asyncio.StreamReader) -> str:
    while (first := await reader.read(1)) == b"$":
        head = await reader.readexactly(3)
        await reader.readexactly(int.from_bytes(head[1:], "big"))
    return (first + await reader.readuntil(b"\r\n\r\n")).decode() if first else ""


async def _send_sound(writer: asyncio.StreamWriter) -> None:
    """Send silence as fast as it is taken."""
    number = 0
    with contextlib.suppress(OSError):
        while True:
            packet = _packet(number)
            writer.write(b"$\0" + len(packet).to_bytes(2, "big") + packet)
            await writer.drain()
            await asyncio.sleep(0)
            number += 1


def _packet(number: int) -> bytes:
    head = (number & 0xFFFF).to_bytes(2, "big") + (number * 160).to_bytes(4, "big")
    return b"\x80\x00" + head + b"\0\0\0\1" + b"\xff" * 160


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, touched: list[str]) -> None:
        self._touched = touched

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._touched.append("udp")


@dataclass
class Canary:
    """A service that is none of the camera's: any connection or datagram to it is noted."""

    port: int = 0
    touched: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Canary"]:
        """Listen until left."""
        server = await asyncio.start_server(self._touch, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(self.touched), local_addr=("127.0.0.1", self.port)
        )
        try:
            yield self
        finally:
            datagrams.close()
            server.close()

    def _touch(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched.append("tcp")
        writer.close()


def policy_for(*hosts: str) -> PullPolicy:
    """Return a policy by which these names alone may be reached; they mean this machine."""

    def resolve(host: str, _port: int) -> list[str]:
        if host not in hosts:
            raise BadInput(f"{host} is not a permitted address", code="unsafe_url")
        return ["127.0.0.1"]

    return PullPolicy(SafeFetcher(Policy.PULL, networks=("127.0.0.0/8",)), resolve)
