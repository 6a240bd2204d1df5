"""The agent behind a proxy: what the proxy is asked for, and what goes past it."""

import base64
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from webapp.agent.client import connect, download
from webapp.agent.errors import UsageError

SECRET = "Basic " + base64.b64encode(b"ada:p@ss").decode()


class Proxy(BaseHTTPRequestHandler):
    """Notes what it is asked for; answers plain requests itself, and opens no tunnel."""

    seen: list[tuple[str, str | None, str | None]]

    def do_GET(self) -> None:
        self._note()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the file")

    def do_CONNECT(self) -> None:
        self._note()
        self.send_error(502)

    def _note(self) -> None:
        secret = self.headers["Proxy-Authorization"]
        self.seen.append((self.requestline, self.headers["Host"], secret))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Proxy]]:
    """A proxy that the environment names."""
    noting = type("Noting", (Proxy,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), noting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://ada:p%40ss@127.0.0.1:{server.server_port}")
        monkeypatch.setenv("no_proxy", "inside.example.org,127.0.0.1")
        yield noting
        server.shutdown()
        thread.join()


def test_plain_http_asks_the_proxy_for_the_whole_address(proxy: type[Proxy]) -> None:
    assert download("http://moments.example.org:8080/files/a?signature=b") == b"the file"
    line = "GET http://moments.example.org:8080/files/a?signature=b HTTP/1.1"
    assert proxy.seen == [(line, "moments.example.org:8080", SECRET)]


def test_https_goes_through_a_tunnel(proxy: type[Proxy]) -> None:
    with (
        contextlib.closing(connect("https://moments.example.org")) as connection,
        pytest.raises(OSError, match="Tunnel connection failed"),
    ):
        connection.request("GET", "/", headers={"Authorization": "Bearer of the server alone"})
    [(line, _, secret)] = proxy.seen
    assert line.startswith("CONNECT moments.example.org:443 ")
    assert secret == SECRET


@pytest.mark.usefixtures("proxy")
def test_some_hosts_need_no_proxy() -> None:
    assert connect("https://inside.example.org").host == "inside.example.org"
    assert connect("http://127.0.0.1:8080").port == 8080


def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(UsageError, match="HTTPS_PROXY"):
        connect("https://moments.example.org")
