"""Who may watch and capture, by the stream's config and a signed token, without a database."""

from domain.core.errors import Forbidden, NotFound, Unauthenticated
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig

_OPEN = frozenset({"public", "unlisted"})


def is_open(config: StreamConfig) -> bool:
    """Return whether a stream is public."""
    return config.visibility in _OPEN


def check_viewer(config: StreamConfig, token: str | None, keyring: Keyring) -> int | None:
    """Check a viewer's access; return the token's expiry (Unix seconds), None without one.

    Raises:
        NotFound: The stream is not public and the request has no token.
        Unauthenticated: The token is malformed, forged, expired, or for another stream.
    """
    if token is not None:
        claims, good_until = keyring.verify_until("viewer", token)
        if claims.get("sub") != config.stream_id:
            raise Unauthenticated
        return good_until
    if not is_open(config):
        raise NotFound("This node has no such stream. Check the name in the list of streams.")
    return None


def check_capture(config: StreamConfig, *, by_visitor: bool) -> None:
    """Check the right to capture: the domain checks members, the stream's config visitors.

    Raises:
        Forbidden: The caller is a visitor, and the stream is not public with captures allowed.
    """
    if by_visitor and not (config.allow_capture and is_open(config)):
        raise Forbidden("Visitors cannot capture this stream. Sign in, or ask its owner.")
