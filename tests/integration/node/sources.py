"""Real sources for tests: films made by ffmpeg, an HTTP server, an RTSP server."""

import asyncio
import contextlib
import http.server
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import command
from tests.support.waiting import until

SIZE, RATE = "320x180", 30


def make_film(path: Path, *options: str, seconds: float = 6, tone: bool = True) -> Path:
    """Make a film with ffmpeg; options choose codecs and container."""
    picture = f"testsrc2=size={SIZE}:rate={RATE}:duration={seconds}"
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if tone else []
    arguments = [command("ffmpeg"), "-v", "error", "-y", "-f", "lavfi", "-i", picture, *sound]
    subprocess.run([*arguments, *options, str(path)], check=True, timeout=60)
    return path


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-ar", "48000")


def without_sound(flv: bytes) -> bytes:
    """Return an FLV that announces its AAC and sends none: a muted microphone."""
    kept, at = [flv[:13]], 13
    while at < len(flv):
        end = at + 11 + int.from_bytes(flv[at + 1 : at + 4], "big") + 4
        if flv[at] != 8 or flv[at + 12] == 0:
            kept.append(flv[at:end])
        at = end
    return b"".join(kept)


Handler = Callable[["Request"], None]


@dataclass
class Request:
    """One request, to be answered by hand."""

    inner: http.server.BaseHTTPRequestHandler

    @property
    def path(self) -> str:
        """The path asked for."""
        return self.inner.path

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole answer."""
        self.inner.send_response(status)
        for name, value in headers.items():
            self.inner.send_header(name.replace("_", "-"), value)
        self.inner.send_header("Content-Length", str(len(body)))
        self.inner.end_headers()
        self.inner.wfile.write(body)

    def begin(self, content_type: str = "video/mp2t") -> None:
        """Begin an answer that goes on until the connection closes."""
        self.inner.send_response(200)
        self.inner.send_header("Content-Type", content_type)
        self.inner.end_headers()


@dataclass
class Web:
    """A small web server on this machine; what it was asked for is kept."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def folder(self, root: Path) -> None:
        """Serve a folder's files."""

        def serve(request: Request) -> None:
            path = root / request.path.partition("?")[0].lstrip("/")
            if path.is_file():
                request.answer(path.read_bytes())
            else:
                request.answer(b"", 404)

        self.handlers["*"] = serve


@contextlib.contextmanager
def web_server() -> Iterator[Web]:
    """Run a web server in a thread."""
    web = Web()

    class _Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            path = self.path.partition("?")[0]
            handler = web.handlers.get(path) or web.handlers.get("*")
            with contextlib.suppress(OSError):
                if handler is None:
                    Request(self).answer(b"", 404)
                else:
                    handler(Request(self))

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield web
    server.shutdown()
    server.server_close()
    thread.join()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def ffmpeg(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ffmpeg beside a test and end it afterwards."""
    process = await asyncio.create_subprocess_exec(
        command("ffmpeg"), "-v", "error", "-nostdin", *arguments,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class RtspServer:
    """A camera: RTSP with interleaved RTP (RFC 2326, 10.12), fed by ffmpeg's own RTP packets."""

    def __init__(self, film: Path, *, password: str | None = None) -> None:
        self._film = film
        self._password = password
        self._udp: list[tuple[socket.socket, asyncio.Task[None]]] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._sdp = ""
        self.redirect: str | None = None
        self.port = 0
        self.requests: list[str] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["RtspServer"]:
        """Serve until left."""
        sdp = self._film.with_suffix(".sdp")
        sdp.unlink(missing_ok=True)
        receivers = [await self._receive(channel) for channel in (0, 2)]
        outputs: list[str] = []
        for stream, port in zip(("v", "a"), (item[1] for item in receivers), strict=True):
            outputs += ["-map", f"0:{stream}", "-c", "copy", "-f", "rtp"]
            outputs += ["-sdp_file", str(sdp), f"rtp://127.0.0.1:{port}?pkt_size=1200"]
        arguments = ["-re", "-stream_loop", "-1", "-i", str(self._film), *outputs]
        async with ffmpeg(*arguments):
            self._sdp = await _described(sdp)
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            yield self
            server.close()
            self.cut()
        for transport, _ in receivers:
            transport.close()

    async def _receive(self, channel: int) -> tuple[asyncio.DatagramTransport, int]:
        relay = self._send

        class _Relay(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: object) -> None:
                relay(channel, data)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(_Relay, local_addr=("127.0.0.1", 0))
        port: int = transport.get_extra_info("sockname")[1]
        return transport, port

    def _send(self, channel: int, data: bytes) -> None:
        for writer in self._writers:
            writer.write(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                first = await reader.readexactly(1)
                if first == b"$":
                    head = await reader.readexactly(3)
                    await reader.readexactly(int.from_bytes(head[1:], "big"))
                    continue
                text = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                self._answer(text, writer)
        self._writers.discard(writer)
        writer.close()

    def _answer(self, text: str, writer: asyncio.StreamWriter) -> None:
        method, url = text.split()[:2]
        self.requests.append(method)
        fields = dict(line.split(": ", 1) for line in text.split("\r\n")[1:] if ": " in line)
        extra, body, status = "", "", "200 OK"
        if self.redirect is not None:
            status, extra = "302 Found", f"Location: {self.redirect}\r\n"
        elif self._password is not None and not self._knows(fields.get("Authorization", "")):
            status, extra = "401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"\r\n'
        elif method == "DESCRIBE":
            body = self._sdp
            extra = f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n"
        elif method == "SETUP":
            extra = f"Session: 1\r\nTransport: {fields['Transport']}\r\n"
        elif method == "PLAY":
            extra = "Session: 1\r\n"
        else:
            extra = "Public: DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\nSession: 1\r\n"
        head = f"RTSP/1.0 {status}\r\nCSeq: {fields['CSeq']}\r\n{extra}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        if method == "PLAY" and status.startswith("200"):
            self._writers.add(writer)

    def _knows(self, authorization: str) -> bool:
        import base64

        expected = base64.b64encode(f"user:{self._password}".encode()).decode()
        return authorization == f"Basic {expected}"


async def _described(path: Path) -> str:
    """Wait for ffmpeg's description of both tracks and give each a control address."""
    await until(lambda: path.exists() and path.read_text().count("\nm=") == 2)
    return _with_controls(path)


def _with_controls(path: Path) -> str:
    lines: list[str] = []
    tracks = 0
    for line in path.read_text().splitlines():
        if not line.startswith("m="):
            lines.append(line)
            continue
        if tracks:
            lines.append(f"a=control:track{tracks - 1}")
        kind, _, rest = line.split(maxsplit=2)
        lines.append(f"{kind} 0 {rest}")
        tracks += 1
    return "\r\n".join([*lines, f"a=control:track{tracks - 1}"]) + "\r\n"
