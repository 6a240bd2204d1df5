"""The caller of a public route: anonymous, or the holder of a token."""

from media_server.http.errors import AnyRequest
from media_server.relay.player import Player


def player_of(request: AnyRequest, token: str | None) -> Player:
    """Return the caller.

    Only the web process may name the caller in a header; a viewer could claim anything.
    """
    address = request.client.host if request.client else ""
    if not request.app.state.is_direct:
        address = request.headers.get("x-forwarded-for", address)
    return Player(token or "", address, request.headers.get("user-agent", ""))
