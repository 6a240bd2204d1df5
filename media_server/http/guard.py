"""Who may ask the control routes: whoever holds the internal key."""

import hmac

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from domain.core.errors import Unauthenticated
from domain.core.secrets import internal_key
from media_server.http.state import NodeState


def guard(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let a request pass or not, in constant time.

    Raises:
        Unauthenticated: The key is missing or wrong.
    """
    node: NodeState = connection.app.state.node
    expected = f"Bearer {internal_key(node.keyring)}"
    given = connection.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unauthenticated
