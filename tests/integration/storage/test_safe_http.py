"""The guarded client against a real server: redirects, slow drips, bombs and lies."""

import asyncio
import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from domain.core.errors import BadInput, TooLarge, Unavailable
from domain.infra.http.addresses import Policy
from domain.infra.http.safe_http import SafeFetcher

LOOPBACK = ["127.0.0.0/8"]
DATA = bytes(range(256)) * 40


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str | None, str | None, str | None]]

    def do_GET(self) -> None:
        headers = self.headers
        seen = (self.path, headers["Host"], headers["Authorization"], headers["Cookie"])
        type(self).seen.append(seen)
        path, _, argument = self.path.partition("?")
        getattr(self, "answer_" + path.strip("/"), self.answer_missing)(argument)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_missing(self, _argument: str) -> None:
        self.answer(404)

    def answer_data(self, _argument: str) -> None:
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        stop = int(last) + 1 if last else len(DATA)
        self.answer(206 if "Range" in self.headers else 200, DATA[int(first) : stop])

    def answer_to(self, argument: str) -> None:
        self.answer(302, b"x" * 10, Location=argument, Set_Cookie="a=b")

    def answer_loop(self, _argument: str) -> None:
        self.answer(302, Location="/loop")

    def answer_drip_headers(self, _argument: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.drip(b"X-A: b\r\n")

    def answer_drip(self, _argument: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        self.drip(b"x")

    def answer_endless(self, _argument: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def answer_gzip(self, _argument: str) -> None:
        self.answer(200, gzip.compress(b"0" * 10_000_000), Content_Encoding="gzip")

    def answer_nested(self, _argument: str) -> None:
        self.answer(200, b"x", Content_Encoding="gzip, gzip")

    def drip(self, piece: bytes) -> None:
        try:
            for _ in range(200):
                self.wfile.write(piece)
                time.sleep(0.02)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetcher() -> Iterator[SafeFetcher]:
    fetcher = SafeFetcher(Policy.PULL, LOOPBACK, connect_timeout_s=0.5, read_timeout_s=0.5)
    yield fetcher
    fetcher.close()


def test_a_body_is_a_file(server: str, fetcher: SafeFetcher) -> None:
    with fetcher.open_sync(f"{server}/data") as body:
        assert (body.status, body.size) == (200, len(DATA))
        assert body.read(10) == DATA[:10]
        assert body.read() == DATA[10:]
        assert body.read(10) == b""
    with fetcher.open_sync(f"{server}/data", byte_range=(5, 9)) as body:
        assert (body.status, body.read()) == (206, DATA[5:9])


def test_the_name_is_asked_for_at_the_checked_address(server: str) -> None:
    port = server.rpartition(":")[2]
    asked: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    fetcher = SafeFetcher(Policy.PULL, LOOPBACK, resolver=resolver)
    with fetcher.open_sync(f"http://camera.example:{port}/data") as body:
        assert body.read() == DATA
    assert Handler.seen[0][1] == f"camera.example:{port}"
    assert asked == ["camera.example"]  # once: there is no second answer to be lied to with
    fetcher.close()


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
        "http://0.0.0.0/", "http://[::1]/", "//100.100.100.200/",
    ],
)  # fmt: skip
def test_redirects_are_checked(server: str, fetcher: SafeFetcher, target: str) -> None:
    with pytest.raises(BadInput) as caught:
        fetcher.open_sync(f"{server}/to?{target}")
    assert caught.value.code == "unsafe_url"


def test_a_redirect_is_followed_without_credentials(server: str, fetcher: SafeFetcher) -> None:
    other = server.replace("127.0.0.1", "127.0.0.2")
    port = server.rpartition(":")[2]
    headers = {"Authorization": "Bearer secret"}
    with fetcher.open_sync(f"{server}/to?/data", headers=headers) as body:
        assert body.read() == DATA
    assert Handler.seen[-1][2:] == ("Bearer secret", None)
    listener = ThreadingHTTPServer(("127.0.0.2", int(port)), Handler)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        with fetcher.open_sync(f"{server}/to?{other}/data", headers=headers) as body:
            assert body.url == f"{other}/data"
        assert Handler.seen[-1][2:] == (None, None)
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def test_redirects_in_a_circle(server: str, fetcher: SafeFetcher) -> None:
    with pytest.raises(Unavailable):
        fetcher.open_sync(f"{server}/loop")
    assert len(Handler.seen) == 6


@pytest.mark.parametrize("url", ["", "hello", "ftp://x/", "http://", "file:///etc"])
def test_what_is_no_web_address(fetcher: SafeFetcher, url: str) -> None:
    with pytest.raises(BadInput):
        fetcher.open_sync(url)


def test_loopback_is_not_public(server: str) -> None:
    fetcher = SafeFetcher(Policy.PUBLIC_ONLY, LOOPBACK)
    with pytest.raises(BadInput):
        fetcher.open_sync(f"{server}/data")
    assert Handler.seen == []
    fetcher.close()


def test_errors_are_said(server: str, fetcher: SafeFetcher) -> None:
    with pytest.raises(Unavailable, match="404"):
        fetcher.open_sync(f"{server}/nowhere")
    with fetcher.open_sync(f"{server}/nowhere", any_status=True) as body:
        assert body.status == 404
    with pytest.raises(Unavailable):
        fetcher.open_sync("http://127.0.0.1:1/")


def test_a_server_that_drips_headers_has_a_deadline(server: str, fetcher: SafeFetcher) -> None:
    with pytest.raises(Unavailable, match="in time"):
        fetcher.open_sync(f"{server}/drip_headers")


def test_a_server_that_drips_its_body_has_a_deadline(server: str, fetcher: SafeFetcher) -> None:
    with (
        fetcher.open_sync(f"{server}/drip", total_s=0.5) as body,
        pytest.raises(Unavailable, match="in time"),
    ):
        body.read()


def test_sizes_are_held(server: str, fetcher: SafeFetcher) -> None:
    with pytest.raises(TooLarge):
        fetcher.open_sync(f"{server}/data", max_bytes=len(DATA) - 1)
    for path in ("endless", "gzip"):
        with (
            fetcher.open_sync(f"{server}/{path}", max_bytes=1_000_000) as body,
            pytest.raises(TooLarge),
        ):
            body.read()
    with pytest.raises(Unavailable):
        fetcher.open_sync(f"{server}/nested")


async def test_fetch_from_the_loop(server: str) -> None:
    fetcher = SafeFetcher(Policy.PULL, LOOPBACK)
    answers = await asyncio.gather(
        *(fetcher.fetch(f"{server}/data", max_bytes=100_000) for _ in range(12))
    )
    fetcher.close()
    assert all(answer.body == DATA for answer in answers)
