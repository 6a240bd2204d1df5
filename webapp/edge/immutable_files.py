"""Caches an app's immutable files in memory, so that each is read and compressed once."""

import asyncio

from webapp.edge.asgi_types import ASGIApp, Message, Receive, Scope, Send, header
from webapp.edge.static_files import IMMUTABLE, StaticFile, send_file

# One file has endless spellings of its path. Past this many, the app answers itself.
_MOST_PATHS = 1000


class ImmutableFiles:
    """Serves an app's files below a prefix whose paths never change their content.

    Everything else passes through: other paths, and responses that the app does not mark immutable.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix
        self._files: dict[str, StaticFile] = {}  # by path
        self._kept: dict[tuple[str, str], StaticFile] = {}  # by content, however it was requested

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        file = await self._file(scope) if self._is_candidate(scope) else None
        if file is None:
            await self._app(scope, receive, send)
        else:
            await send_file(scope, send, file, cache_control=IMMUTABLE)

    def _is_candidate(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] in {"GET", "HEAD"}
            and bool(scope["path"].startswith(self._prefix))
        )

    async def _file(self, scope: Scope) -> StaticFile | None:
        path = scope["path"]
        if path not in self._files and len(self._files) < _MOST_PATHS:
            file = await self._read(scope)
            if file is not None:
                key = file.digest, file.content_type
                self._files[path] = self._kept.setdefault(key, file)
        return self._files.get(path)

    async def _read(self, scope: Scope) -> StaticFile | None:
        """Request a whole file from the app, whatever part or encoding the client requested."""
        start: dict[str, object] = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        async def never() -> Message:  # a leaving client must not truncate the cached file
            return await asyncio.get_running_loop().create_future()

        plain = {**scope, "method": "GET", "headers": [], "query_string": b"", "extensions": {}}
        await self._app(plain, never, collect)
        if start.get("status") != 200 or "immutable" not in (header(start, "cache-control") or ""):
            return None
        content_type = header(start, "content-type") or "application/octet-stream"
        return StaticFile(b"".join(chunks), content_type)
