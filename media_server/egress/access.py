"""Who may watch and capture: by the stream's config and a signed token, without a database."""

from domain.core.errors import Forbidden, NotFound, Unauthenticated
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig

_OPEN = frozenset({"public", "unlisted"})


def is_open(config: StreamConfig) -> bool:
    """Tell whether anybody may watch a stream."""
    return config.visibility in _OPEN


def check_viewer(config: StreamConfig, token: str | None, keyring: Keyring) -> int | None:
    """Let a viewer pass or not; return until when by the token (Unix seconds), None without one.

    Raises:
        NotFound: The stream is not open to everybody and no token was shown.
        Unauthenticated: The token is malformed, forged, expired, or another stream's.
    """
    if token is not None:
        claims, good_until = keyring.verify_until("viewer", token)
        if claims.get("sub") != config.stream_id:
            raise Unauthenticated
        return good_until
    if not is_open(config):
        raise NotFound("There is no such stream here; look at the list of streams")
    return None


def check_capture(config: StreamConfig, *, by_visitor: bool) -> None:
    """Let a capture pass or not: members' rights are the domain's, visitors' are the stream's.

    Raises:
        Forbidden: A visitor asks, and the stream is not open to everybody with captures allowed.
    """
    if by_visitor and not (config.allow_capture and is_open(config)):
        raise Forbidden("This stream is not open to captures by visitors")
