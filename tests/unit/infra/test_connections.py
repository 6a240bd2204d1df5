"""Connection limits, per address and in all, and evictions."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from structlog.testing import capture_logs

from domain.infra.serving import open_files
from domain.infra.serving.connection_metrics import ConnectionFigures
from domain.infra.serving.connections import Connections, Place, State
from tests.support.http_server import JumpingLoop, run, serving, settle, until
from webapp.cli.certificate import certificate, own_names

_OTHER = "127.0.0.2"


class Peer:
    """Holds a place."""

    def __init__(self, connections: Connections, address: str, state: State) -> None:
        place = connections.enter(address)
        assert place is not None
        self.place: Place = place
        self.is_aborted = False
        place.state, place.abort = state, self.abort

    def abort(self) -> None:
        self.is_aborted = True


def test_an_address_has_so_many_and_a_network_of_ipv6_is_one_address() -> None:
    connections = Connections(100, 2)
    for address in ("2001:db8::1", "2001:db8::2"):
        Peer(connections, address, State.BUSY)
    assert connections.enter("2001:db8::3") is None
    assert connections.enter("2001:db8:0:1::1") is not None
    assert connections.refused == 1


def test_a_silent_one_makes_room_first_then_an_idle_one_and_never_a_busy_one() -> None:
    connections = Connections(100, 3)
    peers = [Peer(connections, "192.0.2.1", state) for state in (State.IDLE, State.BUSY, State.NEW)]
    idle, busy, silent = peers
    Peer(connections, "192.0.2.1", State.BUSY)
    assert (silent.is_aborted, idle.is_aborted) == (True, False)
    Peer(connections, "192.0.2.1", State.BUSY)
    assert idle.is_aborted
    assert connections.enter("192.0.2.1") is None
    assert not busy.is_aborted
    assert len(connections) == 3
    text = "".join(
        f"{s.name} {s.value:.0f}\n"
        for m in ConnectionFigures(web=connections).collect()
        for s in m.samples
    )
    assert text == (
        "moments_http_connections 3\n"
        "moments_http_connections_refused_total 1\n"
        "moments_http_connections_displaced_total 2\n"
    )


def test_a_place_that_is_left_is_free_once() -> None:
    connections = Connections(2, 1)
    peer = Peer(connections, "192.0.2.1", State.BUSY)
    peer.place.leave()
    peer.place.leave()
    assert len(connections) == 0
    Peer(connections, "192.0.2.1", State.BUSY)


def test_a_proxy_may_have_many_but_there_is_an_end() -> None:
    connections = Connections(6, 2, ("10.0.0.0/8", "192.0.2.1"))
    for address in ("10.1.2.3", "10.1.2.3", "10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1"):
        Peer(connections, address, State.BUSY)
    Peer(connections, "198.51.100.1", State.NEW)
    Peer(connections, "198.51.100.2", State.BUSY)
    assert connections.enter("10.1.2.3") is None


def test_one_address_never_has_all() -> None:
    connections = Connections(10, 1000)
    for _ in range(5):
        Peer(connections, "192.0.2.1", State.BUSY)
    assert connections.enter("192.0.2.1") is None


def test_silent_connections_keep_nobody_out() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving(Connections(1000, 50, ())) as served:
            silent = [await served.open() for _ in range(200)]
            visitor = await served.open(source=_OTHER)
            assert b"200 OK" in await visitor.get()
            assert b"200 OK" in await (await served.open()).get()  # theirs too
            await until(lambda: sum(not client.is_closed for client in silent) == 49)
            assert len(served.connections) == 51

    run(scenario)


def test_silent_connections_of_many_addresses_keep_nobody_out() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving(Connections(20, 10, ())) as served:
            for number in range(60):
                await served.open(source=f"127.0.1.{number + 1}")
            assert b"200 OK" in await (await served.open()).get()
            assert len(served.connections) == 20

    run(scenario)


def test_answers_under_way_are_not_cut_for_newcomers() -> None:
    async def scenario(_loop: JumpingLoop) -> None:
        async with serving(Connections(1000, 4, ())) as served:
            waiting = [await served.open(b"GET /hold HTTP/1.1\r\n\r\n") for _ in range(4)]
            await until(lambda: served.app.begun == 4)
            assert await (await served.open()).rest() == b""
            served.app.go_on.set()
            for client in waiting:
                assert b"held" in await client.until(b"held")
            assert b"200 OK" in await (await served.open()).get()

    run(scenario)


def test_a_handshake_counts_and_has_a_deadline(tmp_path: Path) -> None:
    made = certificate(tmp_path, own_names())

    async def scenario(loop: JumpingLoop) -> None:
        files = (made.path, made.key_path)
        async with serving(Connections(1000, 50, ()), files) as served:
            assert served.tls is not None
            tls, served.tls = served.tls, None
            silent = [await served.open() for _ in range(60)]
            await until(lambda: sum(client.is_closed for client in silent) == 10)
            served.tls = tls
            visitor = await served.open(source=_OTHER)
            assert b"200 OK" in await visitor.get()
            await loop.jump(11)
            await until(lambda: len(served.connections) == 1)
            await until(lambda: all(client.is_closed for client in silent))
            assert b"200 OK" in await visitor.get()

    run(scenario)


# Open files


@contextmanager
def _soft_limit(files: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_takes_the_files_that_it_may_have() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with _soft_limit(min(512, hard)):
        assert open_files.raise_limit() == open_files.limit() == min(hard, 65_536)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == hard


@contextmanager
def _no_more_files() -> Iterator[None]:
    """Leave no file to be opened."""
    first = os.dup(0)
    taken = [first]
    try:
        with _soft_limit(first + 64):
            while True:
                try:
                    taken.append(os.dup(0))
                except OSError:
                    break
            yield
    finally:
        for each in taken:
            os.close(each)


def test_without_files_a_server_waits_says_so_once_and_goes_on() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        async with serving() as served:
            clients = [socket.socket() for _ in range(5)]
            with _no_more_files(), capture_logs() as told:
                for client in clients:
                    client.settimeout(0)
                    await loop.sock_connect(client, ("127.0.0.1", served.port))
                for _ in range(5):
                    await loop.jump(1.1)
                assert len(served.connections) == 0
                assert [line["event"] for line in told] == ["connections_wait"]
            await loop.jump(1.1)
            for client in clients:
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                assert b"200 OK" in await loop.sock_recv(client, 1000)
                client.close()
            await settle()

    run(scenario)
