"""Whom the web server trusts for a client's address."""

from pathlib import Path

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.conftest import isolated_settings
from webapp.asgi import create_server
from webapp.edge.asgi_types import Message, Receive, Scope, Send


async def _seen(trusted: list[str] | str, peer: str) -> str:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["client"][0])

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        return

    headers = [(b"x-forwarded-for", b"198.51.100.9, 203.0.113.5")]
    scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
    await ProxyHeadersMiddleware(app, trusted)(scope, receive, send)  # type: ignore[arg-type]
    return seen[0]


def test_a_proxy_that_is_named_may_have_many_connections(tmp_path: Path) -> None:
    settings = isolated_settings(
        tmp_path, connections_per_address=2, trusted_proxies=("10.0.0.0/8", "proxy.example")
    )
    connections = create_server(settings).connections
    for proxy in ("10.1.2.3", "127.0.0.1"):
        assert all(connections.enter(proxy) for _ in range(5))
    assert [connections.enter("192.0.2.7") is None for _ in range(3)] == [False, False, True]


async def test_only_proxies_that_are_named_say_who_asks(tmp_path: Path) -> None:
    assert not create_server(isolated_settings(tmp_path)).config.proxy_headers
    config = create_server(isolated_settings(tmp_path, trusted_proxies=("10.0.0.0/8",))).config
    assert config.proxy_headers
    # The last hop that is not a proxy of ours counts: what stands before it anybody can write.
    assert await _seen(config.forwarded_allow_ips, "10.1.2.3") == "203.0.113.5"
    assert await _seen(config.forwarded_allow_ips, "192.0.2.7") == "192.0.2.7"
