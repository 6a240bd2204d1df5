"""ASGI's own types, so that a wrapper fits around either framework (ASGI 3.0)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

# Each framework types the same mappings its own way, and rejects the other's.
Scope: TypeAlias = Any
Message: TypeAlias = Any
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]


def header(scope: Scope, name: str) -> str | None:
    """Return the first header with a name (lower case), or an empty string."""
    wanted = name.encode("latin-1")
    for key, value in scope.get("headers", ()):
        if key.lower() == wanted:
            return bytes(value).decode("latin-1")
    return None


async def respond(
    send: Send,
    status: int,
    body: bytes,
    *,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    """Send a complete small response."""
    lines = {
        "content-type": content_type,
        "content-length": str(len(body)),
        **(headers or {}),
    }
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in lines.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
