"""Web push: the encryption, the signature, and what push services answer."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from pydantic import SecretStr, ValidationError

from domain.core.errors import BadInput, Unavailable
from domain.core.settings import Settings
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.web_push import (
    Target,
    WebPush,
    check_target,
    encrypt,
    new_private_key,
    web_push_of,
)
from tests.fakes.clock import FakeClock

# RFC 8291, appendix A.
BROWSER = Target(
    "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "BTBZMqHH6r4Tts7J_aSIgg",
)
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pusher(policy: Policy = Policy.PULL, key: str = "") -> WebPush:
    fetcher = SafeFetcher(policy, ["127.0.0.0/8"])
    return WebPush(key or new_private_key(), "mailto:a@example.org", FakeClock(), lambda: fetcher)


@asynccontextmanager
async def push_service(status: int) -> AsyncIterator[tuple[Target, list[bytes]]]:
    """Run a push service; yields a browser's target there and the requests' heads."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        [size] = [
            int(line.split(b":")[1])
            for line in heads[-1].lower().split(b"\r\n")
            if line.startswith(b"content-length")
        ]
        await reader.readexactly(size)
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield replace(BROWSER, endpoint=f"http://127.0.0.1:{port}/push/1"), heads
    finally:
        server.close()


def test_a_message_is_encrypted_as_in_the_rfc() -> None:
    number = decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    key = ECC.construct(curve="P-256", d=int.from_bytes(number, "big"))
    salt = decoded("DGv6ra1nlYgDCS1FRnbzlw")
    message = b"When I grow up, I want to be a watermelon"
    assert encrypt(BROWSER, message, key=key, salt=salt) == decoded(ENCRYPTED)


async def test_a_push_is_signed_for_its_service() -> None:
    sender = pusher()
    async with push_service(201) as (target, heads):
        assert await sender.send(target, b"{}", "notice_0123456789abcdef0123456789") == "sent"
    lines = dict(line.split(": ", 1) for line in heads[0].decode().split("\r\n")[1:] if line)
    headers = {name.lower(): value for name, value in lines.items()}
    assert (headers["content-encoding"], headers["ttl"]) == ("aes128gcm", "86400")
    assert len(headers["topic"]) <= 32
    token, key = headers["authorization"].removeprefix("vapid t=").split(", k=")
    head, claims, signature = token.split(".")
    public = ECC.import_key(decoded(key), curve_name="P-256")
    signed = SHA256.new(f"{head}.{claims}".encode())
    DSS.new(public, "fips-186-3").verify(signed, decoded(signature))
    said = json.loads(decoded(claims))
    assert said["aud"] == target.endpoint.removesuffix("/push/1")
    assert said["exp"] == int(FakeClock().now().timestamp()) + 12 * 3600


@pytest.mark.parametrize(
    ("status", "outcome"), [(404, "gone"), (410, "gone"), (400, "refused"), (413, "refused")]
)
async def test_what_a_push_service_answers(status: int, outcome: str) -> None:
    async with push_service(status) as (target, _):
        assert await pusher().send(target, b"{}", "t") == outcome


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_push_service_is_asked_again(status: int) -> None:
    async with push_service(status) as (target, _):
        with pytest.raises(Unavailable):
            await pusher().send(target, b"{}", "t")


async def test_nothing_inside_the_network_is_reached() -> None:
    async with push_service(201) as (target, heads):
        assert await pusher(Policy.PUBLIC_ONLY).send(target, b"{}", "t") == "refused"
    assert heads == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example.net/1"},
        {"endpoint": "https://user@push.example.net/1"},
        {"endpoint": "https:///1"},
        {"endpoint": ""},
        {"p256dh": ""},
        {"p256dh": "BCVx"},
        {"p256dh": base64.urlsafe_b64encode(b"\4" + bytes(64)).decode()},  # at infinity
        {"p256dh": base64.urlsafe_b64encode(b"\4" + b"\1" * 64).decode()},  # not on the curve
        {"p256dh": "é" * 87},
        {"auth": "BTBZ"},
        {"auth": "*" * 22},
    ],
)
def test_malformed_browsers_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        check_target(replace(BROWSER, **wrong))


def test_a_malformed_key_says_what_to_do() -> None:
    check_target(BROWSER)
    for key in ("short", "*" * 43):
        with pytest.raises(BadInput, match="moments push key"):
            pusher(key=key)


def test_push_services_can_ask_whoever_sends_the_emails() -> None:
    key = SecretStr(new_private_key())
    assert web_push_of(Settings(), FakeClock()) is None
    for values, contact in (
        ({"public_url": "http://moments.example:8000"}, "mailto:moments@moments.example"),
        ({"mail_from": "Moments <hello@example.org>"}, "mailto:hello@example.org"),
    ):
        made = web_push_of(Settings(push_key=key, **values), FakeClock())  # type: ignore[arg-type]
        assert made is not None
        assert made.contact == contact


@pytest.mark.parametrize("key", ["short", "*" * 43, "a" * 44])
def test_a_malformed_key_stops_the_start(key: str) -> None:
    with pytest.raises(ValidationError, match="moments push key"):
        Settings(push_key=SecretStr(key))
