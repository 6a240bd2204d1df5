"""No form of an internal address is ever sent a webhook."""

import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from domain.infra.http.addresses import system_resolver
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.webhooks.sender import Sender

_INTERNAL = (
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1",
    "0.0.0.0",
)  # fmt: skip
_NATIVE = (
    "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]",
    "[2001:db8::1]", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "127.1", "0x7f.1",
    "0177.0.0.01", "0", "[::ffff:7f00:1]", "user@127.0.0.1",
)  # fmt: skip
_NAMES = {
    "localhost": "127.0.0.1",
    "LOCALHOST": "127.0.0.1",
    "127.0.0.1.nip.example": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
    "printer.local": "192.168.1.20",
    "v6.example": "::1",
    "mapped.example": "::ffff:10.0.0.1",
    "two-faced.example": "1.1.1.1,127.0.0.1",
}


def _forms(text: str) -> Iterator[str]:
    """Yield the ways to write one IPv4 address."""
    number = int(ipaddress.IPv4Address(text))
    parts = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    yield text
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(map(hex, parts))
    yield ".".join(f"0{part:o}" for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    yield f"[::ffff:{text}]"
    yield f"[64:ff9b::{text}]"
    yield f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]"


HOSTS = [*(form for each in _INTERNAL for form in _forms(each)), *_NATIVE, *_NAMES]


class _Stranger(BaseHTTPRequestHandler):
    """Notes what was asked of it; sends everybody away to the machine's own metadata."""

    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.send_response(307)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    def resolver(host: str, port: int) -> list[str]:
        found = _NAMES.get(host)
        return found.split(",") if found else system_resolver(host, port)

    fetcher = SafeFetcher(Policy.PUBLIC_ONLY, resolver=resolver)
    yield Sender(lambda: fetcher)
    fetcher.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    _Stranger.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_there_are_a_hundred_forms() -> None:
    assert len(set(HOSTS)) >= 100


@pytest.mark.parametrize("host", HOSTS)
async def test_an_internal_address_gets_nothing(sender: Sender, port: int, host: str) -> None:
    outcome = await sender.send(f"http://{host}:{port}/hook", {}, b"{}")
    assert (outcome.status, _Stranger.asked) == (None, [])
    assert "permitted" in outcome.excerpt or "web address" in outcome.excerpt, outcome.excerpt


async def test_a_redirect_is_an_answer_and_not_followed(port: int) -> None:
    fetcher = SafeFetcher(Policy.PULL, ["127.0.0.0/8"])
    outcome = await Sender(lambda: fetcher).send(f"http://127.0.0.1:{port}/hook", {}, b"{}")
    assert (outcome.status, outcome.is_delivered, _Stranger.asked) == (307, False, ["/hook"])
    fetcher.close()
