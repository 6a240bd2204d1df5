"""A stream's single publisher, and what ends with it."""

import msgspec
import pytest

from domain.core.errors import NotFound, Unauthenticated
from domain.core.secrets import Keyring
from domain.core.time import SystemClock
from domain.live.urls import publish_key
from domain.live.wire import StreamConfig
from media_server.relay.publishing import Policy, Publishers, split_key
from media_server.relay.queues import Inlet
from media_server.relay.registry import Registry
from media_server.relay.source import Sink, Source
from tests.support.streams import stream_config

_KEYRING = Keyring(b"a secret that is long enough for a test")
_CONFIG = stream_config(kind="push")
_DEMO = msgspec.structs.replace(_CONFIG, kind="demo")
_NEW_KEY = msgspec.structs.replace(_CONFIG, publish_key_version=2)


class _Node:
    """A registry whose sources and publishers write down what happens to them."""

    def __init__(self, *, policy: Policy = "refuse") -> None:
        self.said: list[str] = []
        self.registry = Registry(self._make_source, SystemClock(), 1 << 20)
        self.publishers = Publishers(self.registry, _KEYRING, policy)
        self.registry.reconcile([_CONFIG])
        self.stream = self.registry.get("stream_a").stream

    def _make_source(self, config: StreamConfig, sink: Sink) -> Source | None:
        return None if config.kind == "push" else _Source(self.said)

    def claim(self, name: str, version: int = 1) -> "_Publisher":
        publisher = _Publisher(name, self.said)
        _, code = split_key(publish_key(_KEYRING, "stream_a", version))
        publisher.inlet = self.publishers.claim("stream_a", code, publisher)
        publisher.inlet.report("live")
        self.stream.drain()
        return publisher


class _Source:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def start(self) -> None:
        self._said.append("source started")

    def stop(self) -> None:
        self._said.append("source stopped")

    def join(self, timeout_s: float) -> bool:
        return True


class _Publisher:
    """Ends some time after it was cut, as a connection does."""

    protocol = "RTMP"
    is_silent = False
    inlet: Inlet

    def __init__(self, name: str, said: list[str]) -> None:
        self._name, self._said = name, said

    def cut(self, reason: str) -> None:
        self._said.append(f"{self._name} cut: {reason}")


def test_a_source_that_is_not_on_air_is_opened_anew_at_once() -> None:
    node = _Node()
    node.registry.restart("stream_a")  # it waits for its publisher
    assert node.said == []
    node.registry.reconcile([_DEMO])
    node.registry.restart("stream_a")
    assert node.said == ["source started", "source stopped", "source started"]
    inlet = node.stream.inlet()
    inlet.report("live")
    node.stream.drain()
    node.registry.restart("stream_a")
    assert len(node.said) == 3
    with pytest.raises(NotFound):
        node.registry.restart("stream_x")


def test_another_source_begins_when_the_publisher_has_been_cut() -> None:
    node = _Node()
    publisher = node.claim("one")
    node.registry.reconcile([_DEMO])
    assert node.said == ["one cut: The stream now has its own source.", "source started"]
    assert publisher.inlet.is_closed
    assert node.publishers.of("stream_a") is None


def test_what_a_publisher_leaves_late_is_not_the_end_of_another_source() -> None:
    node = _Node()
    publisher = node.claim("one")
    inlet = node.stream.inlet()  # something else feeds the stream since
    inlet.report("live")
    node.publishers.release("stream_a", publisher, "gone")
    node.stream.drain()
    assert not inlet.is_closed
    assert node.stream.is_live


def test_who_was_taken_over_ends_nothing_later() -> None:
    node = _Node(policy="takeover")
    first = node.claim("one")
    second = node.claim("two")
    assert len(node.said) == 1
    node.publishers.release("stream_a", first, "gone")
    assert node.stream.is_live
    node.publishers.release("stream_a", second, "gone")
    status = node.stream.status()
    assert (status.status, status.error) == ("offline", "gone")


def test_a_replaced_key_cuts_its_publisher_off_and_frees_the_stream() -> None:
    node = _Node()
    first = node.claim("one")
    node.registry.reconcile([_NEW_KEY])
    assert len(node.said) == 1
    assert "key" in node.said[0]
    assert node.stream.status().status == "offline"
    with pytest.raises(Unauthenticated):
        node.claim("one")
    node.claim("two", version=2)
    node.publishers.release("stream_a", first, "gone")
    assert node.stream.is_live


def test_a_change_of_something_else_is_nothing_to_a_publisher() -> None:
    node = _Node()
    publisher = node.claim("one")
    node.registry.reconcile([msgspec.structs.replace(_CONFIG, visibility="private", buffer_s=20)])
    assert node.said == []
    assert node.publishers.of("stream_a") is publisher
    assert node.stream.is_live


def test_a_stream_that_is_taken_off_cuts_its_publisher() -> None:
    node = _Node()
    publisher = node.claim("one")
    node.registry.reconcile([])
    assert len(node.said) == 1
    node.publishers.release("stream_a", publisher, "gone")
