"""A site with media and traps, as yt-dlp meets them: each path answers in its own way."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

FILM = b"\x00\x00\x00\x20ftypisom" + bytes(60_000)


@dataclass
class HostileSite:
    """A server on 127.0.0.1; only `127.0.0.1/32` is to be allowed."""

    port: int = 0
    calls: list[str] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.calls.append(path)
            self.is_asked.set()
            if path.startswith("/endless"):
                await _endless(writer, "video/mp4" if path.endswith("mp4") else "text/html")
            elif path == "/silent":
                await reader.read()  # until the client leaves
            else:
                writer.write(self._answer(path))
                await writer.drain()
        writer.close()

    def _answer(self, path: str) -> bytes:
        targets = {
            "/to-loopback": "http://127.0.0.2:9/film.mp4",
            "/to-mapped": "http://[::ffff:127.0.0.2]:9/film.mp4",
            "/to-metadata": "http://169.254.169.254/latest/film.mp4",
            "/to-file": "file:///etc/passwd",
        }
        if path in targets:
            return _response(b"", "text/plain", 302, f"Location: {targets[path]}\r\n")
        pages = {
            "/page": _page("/film.mp4"),
            "/words": _words("Drop\x07\u202e <script>alert(1)</script>", self.url("/film.mp4")),
            "/page-to-loopback": _page(targets["/to-loopback"]),
            "/huge": _words("x" * 2_000_000, self.url("/film.mp4")),
            "/nothing": b"<html><p>Hello</p></html>",
        }
        if path in pages:
            return _response(pages[path], "text/html; charset=utf-8")
        lists = {
            "/list.m3u8": "#EXTINF:2,\n/film.mp4\n#EXTINF:2,\n/film.mp4\n#EXT-X-ENDLIST\n",
            "/live.m3u8": "#EXTINF:2,\n/film.mp4\n",
            "/trap.m3u8": f"#EXTINF:2,\n{targets['/to-loopback']}\n#EXT-X-ENDLIST\n",
        }
        if path in lists:
            text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n" + lists[path]
            return _response(text.encode(), "application/vnd.apple.mpegurl")
        if path == "/film.mp4":
            return _response(FILM, "video/mp4")
        return _response(b"", "text/plain", 503 if path == "/down" else 404)


def _page(source: str) -> bytes:
    return f"<html><body><video src='{source}' type='video/mp4'></video></body></html>".encode()


def _words(title: str, source: str) -> bytes:
    said = {"@context": "https://schema.org", "@type": "VideoObject", "name": title}
    said |= {"contentUrl": source, "duration": "PT3M36S", "encodingFormat": "mp4"}
    return f"<script type='application/ld+json'>{json.dumps(said)}</script>".encode()


def _response(body: bytes, kind: str, status: int = 200, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n{more}\r\n"
    )
    return head.encode() + body


async def _endless(writer: asyncio.StreamWriter, kind: str) -> None:
    writer.write(f"HTTP/1.1 200 X\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
    while True:
        writer.write(b"\x00\x00\x00\x20ftypisom" + bytes(65_524))
        await writer.drain()


@contextlib.asynccontextmanager
async def hostile_site() -> AsyncIterator[HostileSite]:
    """Serve the site for the duration of the context."""
    site = HostileSite()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
