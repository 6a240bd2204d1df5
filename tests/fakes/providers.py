"""Providers' APIs on a local port, with their real contracts and their faults.

YouTube's oEmbed writes errors as plain text, its Data API counts units; Spotify hands out tokens
and revokes them; MusicBrainz wants to know who asks; Deezer reports errors with status 200.
"""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from domain.marks.providers.client import Endpoints

Answer = tuple[int, dict[str, str], bytes]
KEYS = ("an id", "a secret")
VIDEO = "dQw4w9WgXcQ"
TRACK = "4PTG3Z6ehGkBFwjybzWkR8"
ISRC = "GBARL9300135"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class FakeProviders:
    """Answers by path; `faults` replace the next answers of a path, in order."""

    port: int = 0
    tokens: int = 0
    calls: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    is_half: bool = False  # break off each answer in its middle

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoints(self) -> Endpoints:
        """Where each provider answers here."""
        return Endpoints(
            youtube_oembed=f"{self.url}/oembed/youtube",
            youtube_api=f"{self.url}/youtube",
            spotify_oembed=f"{self.url}/oembed/spotify",
            spotify_api=f"{self.url}/spotify/",
            spotify_token=f"{self.url}/token",
            soundcloud_oembed=f"{self.url}/oembed/soundcloud",
            vimeo_oembed=f"{self.url}/oembed/vimeo",
            musicbrainz=f"{self.url}/ws",
            deezer=f"{self.url}/deezer",
        )

    def fail(self, path: str, status: int, body: bytes | str = b"", **headers: str) -> None:
        """Answer a path's next request with this."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.setdefault(path, []).append((status, named, content))

    def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """Return the answer to a request."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path, query = scope["path"], parse_qs(scope["query_string"].decode())
        self.calls.append(path)
        self.agents.append(headers.get("user-agent", ""))
        if waiting := self.faults.get(path):
            return waiting.pop(0)
        if path == "/token":
            return self._token(headers, body)
        if path.startswith("/spotify/") and headers.get("authorization") != self._bearer():
            return _json(401, {"error": {"status": 401, "message": "The access token expired"}})
        if path == "/youtube/videos" and query.get("key") != ["a key"]:
            return _json(400, {"error": {"errors": [{"reason": "keyInvalid"}]}})
        found = _ANSWERS.get(path)
        return _json(200, found) if found is not None else (404, {}, b"Not Found")

    def _token(self, headers: dict[str, str], body: bytes) -> Answer:
        basic = base64.b64encode(":".join(KEYS).encode()).decode()
        if headers.get("authorization") != f"Basic {basic}" or b"client_credentials" not in body:
            return _json(400, {"error": "invalid_client"})
        self.tokens += 1
        token = {"access_token": f"token {self.tokens}", "token_type": "Bearer"}
        return _json(200, {**token, "expires_in": 3600})

    def _bearer(self) -> str:
        return f"Bearer token {self.tokens}"

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
        """Serve a request (ASGI)."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, headers, content = self.answer(scope, body)
        length = len(content) * 2 if self.is_half else len(content)
        named = {"content-type": "application/json", **headers, "content-length": str(length)}
        pairs = [(name.encode(), value.encode()) for name, value in named.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content, "more_body": self.is_half})


def _json(status: int, value: object) -> Answer:
    return status, {}, json.dumps(value).encode()


_ANSWERS: dict[str, object] = {
    "/oembed/youtube": {
        "title": "Faithless - Insomnia (Official Video)",
        "author_name": "Faithless",
        "thumbnail_url": f"https://i.ytimg.com/vi/{VIDEO}/hqdefault.jpg",
        "width": 200,
        "html": "<script>alert(1)</script>",
        "version": "1.0",
    },
    "/oembed/soundcloud": {
        "title": "Insomnia by Faithless",
        "author_name": "Faithless",
        "version": 1.0,
        "width": "100%",
    },
    "/oembed/vimeo": {"title": "Insomnia", "author_name": "Faithless", "duration": 216},
    "/youtube/videos": {
        "items": [
            {
                "id": VIDEO,
                "snippet": {
                    "title": "Insomnia",
                    "channelTitle": "Faithless - Topic",
                    "description": "Provided to YouTube by X\n\n"
                    "Insomnia · Faithless · Maxi Jazz\n\nReverence\n\n℗ 1995 X",
                    "thumbnails": {"medium": {"url": f"https://i.ytimg.com/vi/{VIDEO}/m.jpg"}},
                },
                "contentDetails": {
                    "duration": "PT3M36S",
                    "regionRestriction": {"blocked": ["DE"]},
                    "contentRating": {},
                },
                "status": {"embeddable": True, "madeForKids": False},
            }
        ]
    },
    f"/spotify/tracks/{TRACK}": {
        "name": "Insomnia",
        "artists": [{"name": "Faithless"}, {"name": "Maxi Jazz"}],
        "album": {"name": "Reverence", "images": [{"url": "https://i.scdn.co/image/ab"}]},
        "external_ids": {"isrc": ISRC},
        "duration_ms": 216_400,
        "explicit": False,
    },
    f"/ws/isrc/{ISRC}": {
        "recordings": [
            {"title": "Insomnia", "length": 216_000, "artist-credit": [{"name": "Faithless"}]}
        ]
    },
    f"/deezer/track/isrc:{ISRC}": {
        "title": "Insomnia",
        "duration": 216,
        "artist": {"name": "Faithless"},
        "album": {"title": "Reverence"},
    },
}


@contextlib.asynccontextmanager
async def fake_providers() -> AsyncIterator[FakeProviders]:
    """Serve the providers for the duration of the context."""
    fake, listener = FakeProviders(), socket.create_server(("127.0.0.1", 0))
    fake.port = listener.getsockname()[1]
    config = uvicorn.Config(
        fake.app, interface="asgi3", lifespan="off", log_level="critical", access_log=False
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.005)
    try:
        yield fake
    finally:
        server.should_exit = server.force_exit = True
        await task
