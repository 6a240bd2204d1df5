"""Who asks for what everybody, or who has a token, may watch."""

from media_server.http.errors import AnyRequest
from media_server.relay.player import Player


def player_of(request: AnyRequest, token: str | None) -> Player:
    """Return who asks.

    The web process says for whom it asks. Viewers who come here directly could say anything.
    """
    address = request.client.host if request.client else ""
    if not request.app.state.is_direct:
        address = request.headers.get("x-forwarded-for", address)
    return Player(token or "", address, request.headers.get("user-agent", ""))
