"""Who may watch and capture: by the stream's config and a signed token, without a database."""

from domain.core.errors import Forbidden, NotFound, Unauthenticated
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig

_OPEN = frozenset({"public", "unlisted"})


def check_viewer(config: StreamConfig, token: str | None, keyring: Keyring) -> None:
    """Let a viewer pass or not.

    Raises:
        NotFound: The stream is not open to everybody and no token was shown.
        Unauthenticated: The token is malformed, forged, expired, or another stream's.
    """
    if token is not None:
        if keyring.verify("viewer", token).get("sub") != config.stream_id:
            raise Unauthenticated
    elif config.visibility not in _OPEN:
        message = "There is no such stream here; look at the list of streams"
        raise NotFound(message)


def check_capture(config: StreamConfig, *, by_visitor: bool) -> None:
    """Let a capture pass or not: members' rights are the domain's, visitors' are the stream's.

    Raises:
        Forbidden: A visitor asks, and the stream is not open to everybody with captures allowed.
    """
    if by_visitor and not (config.allow_capture and config.visibility in _OPEN):
        message = "This stream is not open to captures by visitors"
        raise Forbidden(message)
