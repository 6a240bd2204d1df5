"""Guards the control routes with the internal key; the metrics also accept their own token."""

import hmac
from collections.abc import Callable

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from domain.core.errors import Unauthenticated
from domain.core.secrets import Keyring, internal_key, metrics_key
from media_server.http.state import NodeState


def guard(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Check the internal key in constant time.

    Raises:
        Unauthenticated: The key is missing or wrong.
    """
    _check(connection, internal_key)


def metrics_guard(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Check the internal key or the metrics token.

    Raises:
        Unauthenticated: The key is missing or wrong.
    """
    _check(connection, internal_key, metrics_key)


def _check(connection: ASGIConnection, *keys: Callable[[Keyring], str]) -> None:  # type: ignore[type-arg]
    node: NodeState = connection.app.state.node
    given = connection.headers.get("authorization", "").encode()
    right = [f"Bearer {key(node.keyring)}".encode() for key in keys]
    if sum(hmac.compare_digest(given, each) for each in right) == 0:
        raise Unauthenticated
