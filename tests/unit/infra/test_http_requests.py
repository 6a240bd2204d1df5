"""Limits on requests and their timing, over real sockets."""

import asyncio
import struct

import pytest
import uvicorn
from uvicorn.server import ServerState

from domain.infra.serving.connections import Connections
from domain.infra.serving.http_protocol import HttpProtocol, Limits
from tests.support.http_server import LARGE, App, JumpingLoop, run, serving, settle, until

_HEAD = b"GET / HTTP/1.1\r\nHost: test\r\n"
_UPLOAD = b"POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n"
_CHUNKED = b"POST /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"


class _Sent(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes += [bytes(data)] if data else []

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# The head


def test_a_silent_connection_is_closed_without_a_word() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open()
            await loop.jump(21)
            assert await client.rest() == b""

    run(scenario)


def test_a_head_that_comes_byte_by_byte_has_a_deadline() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_HEAD)
            for _ in range(30):
                await client.send(b"X")
                await loop.jump(1)
            assert _status(await client.rest()) == 408
            assert served.app.begun == 0

    run(scenario)


def test_the_next_head_has_one_too() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open()
            assert _status(await client.get()) == 200
            for _ in range(30):
                await client.send(b"\r\n")
                await loop.jump(1)
            assert _status(await client.rest()) == 408

    run(scenario)


@pytest.mark.parametrize(
    ("before", "endless"),
    [
        (b"GET /", b"a" * 1000),
        (b"GET /?", b"a=b&" * 250),
        (_HEAD + b"X: ", b"a" * 1000),
        (_HEAD, b"X: abc\r\n" * 125),
        (_HEAD, b"X" * 1000),
        (b"", b"\r\n" * 500),
        (_CHUNKED + b"1\r\nx\r\n0\r\n", b"X: abc\r\n" * 125),
        (_CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"a" * 1000),
        (_CHUNKED + b"1;", b"a" * 1000),
    ],
    ids=[
        "path", "query", "value", "headers", "name", "lines", "trailers", "trailer", "extension",
    ],
)  # fmt: skip
def test_a_head_has_a_size(before: bytes, endless: bytes) -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(before)
            for _ in range(100):
                if client.is_closed:
                    break
                await client.send(endless)
            assert client.is_closed
            assert _status(await client.rest()) == 431

    run(scenario)


def test_a_head_that_comes_at_once_has_a_size() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n")
            assert _status(await client.rest()) == 431
            assert served.app.begun == 0
            client = await served.open(_HEAD + b"X: " + b"a" * 60_000 + b"\r\n\r\n")
            assert _status(await client.until(b"\r\n\r\n")) == 200

    run(scenario)


def test_a_large_body_behind_its_head_is_no_head() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_UPLOAD + bytes(1_000_000))
            assert _status(await client.until(b"1000000")) == 200

    run(scenario)


def test_a_head_leaves_with_the_first_bytes_of_its_body_or_alone() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        served, sent = App(), _Sent()
        config = uvicorn.Config(served, http="httptools", lifespan="off", log_config=None)
        config.load()
        place = Connections(1, 1).enter("192.0.2.1")
        assert place is not None
        protocol = HttpProtocol(config, ServerState(), {}, place=place, limits=Limits())
        protocol.connection_made(sent)
        for path, count in ((b"/", 1), (b"/events", 2)):
            sent.writes.clear()
            protocol.data_received(_HEAD.replace(b"/ ", path + b" ") + b"\r\n")
            await settle()
            served.go_on.set()
            await settle()
            assert sent.writes[0].startswith(b"HTTP/1.1 200")
            assert len(sent.writes) == count
        protocol.connection_lost(None)

    run(scenario)


# The body


@pytest.mark.parametrize(
    "begun",
    [_UPLOAD, _UPLOAD + b"some", _CHUNKED, _CHUNKED + b"4\r\nso", _CHUNKED + b"4\r\nsome\r\n"],
    ids=["nothing", "some", "no chunk", "half a chunk", "a chunk"],
)
def test_a_body_that_does_not_come_has_a_deadline(begun: bytes) -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(begun)
            await until(lambda: served.app.begun)
            await loop.jump(31)
            assert _status(await client.rest()) == 408
            await until(lambda: served.app.left)

    run(scenario)


def test_a_websocket_that_announces_a_body_is_refused() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(
                _UPLOAD.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: websocket\r\nHost")
            )
            assert _status(await client.rest()) == 400
            assert len(served.connections) == 0

    run(scenario)


def test_a_body_that_trickles_has_a_deadline() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_UPLOAD)
            for _ in range(31):
                await client.send(b"x" * 100)
                await loop.jump(1)
            assert _status(await client.rest()) == 408

    run(scenario)


def test_a_slow_but_steady_body_arrives() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_UPLOAD)
            for sent in range(20_000, 1_000_001, 20_000):
                await client.send(bytes(20_000))
                await until(lambda sent=sent: served.app.received == sent)  # type: ignore[misc]
                await loop.jump(29)
            assert _status(await client.until(b"1000000")) == 200

    run(scenario)


@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"])
def test_a_client_is_not_blamed_for_a_slow_app(expects: bytes) -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            head = _UPLOAD.replace(b"/upload", b"/late").replace(b"Host", expects + b"Host")
            client = await served.open(head)
            body = bytes(1_000_000)
            if not expects:
                client.transport.write(body)
            await until(lambda: served.app.begun)
            for _ in range(10):
                await loop.jump(31)
            served.app.go_on.set()
            if expects:
                assert _status(await client.until(b"\r\n\r\n")) == 100
                client.transport.write(body)
            assert _status(await client.until(b"1000000")) == 200

    run(scenario)


def test_a_body_that_nobody_waits_for_any_more_has_a_deadline() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(_UPLOAD.replace(b"/upload", b"/refuse"))
            assert _status(await client.until(b"no")) == 401
            for _ in range(31):
                await client.send(b"x")
                await loop.jump(1)
            assert await client.rest() == b""

    run(scenario)


# Several requests


def test_junk_behind_a_request_ends_the_connection() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            for junk in (b"\0\1\2 junk", b"CONNECT a:1 HTTP/1.1", b"GET http:// HTTP/1.1"):
                client = await served.open(junk + b"\r\n\r\n")
                assert _status(await client.rest()) == 400
            client = await served.open(
                b"GET /events HTTP/1.1\r\nHost: test\r\n\r\n" + b"\0\1\2 junk\r\n\r\n"
            )
            assert b"400" not in await client.rest()  # never within another answer

    run(scenario)


def test_few_requests_wait_behind_another() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open((_HEAD + b"\r\n") * 10)
            for _ in range(10):
                assert _status(await client.until(b"ok")) == 200
            client = await served.open(b"GET /hold HTTP/1.1\r\n\r\n" + (_HEAD + b"\r\n") * 1000)
            assert await client.rest() == b""

    run(scenario)


def test_an_idle_connection_is_closed() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open()
            for _ in range(3):
                assert _status(await client.get()) == 200
                await loop.jump(29)
            assert not client.is_closed
            await loop.jump(2)
            assert await client.rest() == b""

    run(scenario)


# What lasts long


@pytest.mark.parametrize(
    ("path", "begin", "end"),
    [(b"/events", b"first\r\n", b"0\r\n\r\n"), (b"/hold", b"", b"held")],
)
def test_an_answer_may_last_long(path: bytes, begin: bytes, end: bytes) -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            # The empty line at the end is one too many: some clients send it.
            client = await served.open(b"GET " + path + b" HTTP/1.1\r\nHost: test\r\n\r\n\r\n")
            await until(lambda: served.app.begun)
            if begin:
                await client.until(begin)
            for _ in range(30):
                await loop.jump(20)
            served.app.go_on.set()
            await client.until(end)
            assert _status(await client.get()) == 200

    run(scenario)


def test_a_slow_reader_gets_all_of_it() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
            await client.until(b"\r\n\r\n")
            client.transport.pause_reading()
            for _ in range(30):
                await loop.jump(20)
            client.transport.resume_reading()
            await until(lambda: len(client.data) == len(LARGE))

    run(scenario)


def test_a_websocket_lasts() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            client = await served.open(
                b"GET /socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert _status(await client.until(b"\r\n\r\n")) == 101
            for _ in range(30):
                await loop.jump(20)
            mask = b"\1\2\3\4"
            masked = bytes(a ^ b for a, b in zip(b"echo", mask, strict=True))
            await client.send(struct.pack("!BB", 0x81, 0x84) + mask + masked)
            assert (await client.until(b"echo"))[0] == 0x81
            assert len(served.connections) == 1
            client.transport.close()
            await until(lambda: len(served.connections) == 0)

    run(scenario)
