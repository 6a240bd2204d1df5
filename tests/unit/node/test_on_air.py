"""Reports of on-air times to the directory: rare, except the end, at once."""

from domain.core.time import to_us
from media_server.relay.on_air import OnAir
from media_server.relay.registry import Registry
from tests.fakes.clock import FakeClock
from tests.support.streams import stream_config


class Told:
    """A node with one stream that is on air, and what the directory hears of it."""

    def __init__(self, on_air_us: int | None = None) -> None:
        self.clock = FakeClock()
        self.registry = Registry(lambda _config, _sink: None, self.clock, 1 << 20)
        self.on_air = OnAir(self.registry)
        self.registry.reconcile([stream_config(kind="push", on_air_us=on_air_us)])
        self.stream = self.registry.get("stream_a").stream

    def go_live(self) -> None:
        self.stream.inlet().report("live")
        self.stream.drain()

    def beat(self) -> list[str]:
        told = self.on_air.untold()
        self.on_air.told(told)
        return list(told)


def test_a_stream_that_was_never_on_air_is_no_news() -> None:
    assert Told().beat() == []


def test_on_air_is_told_at_once_and_then_every_half_minute() -> None:
    node = Told()
    node.go_live()
    told = 0
    for _ in range(60):  # two minutes of heartbeats
        told += len(node.beat())
        node.clock.advance(2)
    assert told == 4


def test_the_end_is_told_once() -> None:
    node = Told()
    node.go_live()
    node.beat()
    node.clock.advance(3)
    node.stream.end()
    assert node.on_air.untold() == {"stream_a": node.clock.now()}  # a beat that got lost
    assert node.beat() == ["stream_a"]
    node.clock.advance(60)
    assert node.beat() == []


def test_what_the_directory_knew_before_a_restart_is_no_news() -> None:
    node = Told(on_air_us=to_us(FakeClock().now()) - 1_000_000)
    assert node.beat() == []
    assert node.stream.status().state == "off_air"


def test_news_of_a_stream_that_went_to_another_node_is_forgotten() -> None:
    node = Told()
    node.go_live()
    node.registry.reconcile([])
    assert node.beat() == []


def test_a_time_on_air_does_not_start_a_source_anew() -> None:
    node = Told()
    changes: list[object] = []
    node.registry.on_change.append(lambda before, _running: changes.append(before))
    node.registry.reconcile([stream_config(kind="push", on_air_us=1)])
    assert changes == []


def test_a_failure_is_told_once_until_it_is_on_air_again() -> None:
    node = Told()
    node.stream.end("error", "No route to host.")
    assert node.on_air.failed() == {}  # it was never on air: a wrong address is no failure

    for error in ("No route to host.", "Timed out."):
        node.go_live()
        assert node.on_air.failed() == {}
        node.stream.end("error", error)
        node.clock.advance(1)
        assert node.on_air.failed() == {"stream_a": error}  # a beat that got lost
        assert node.on_air.failed() == {"stream_a": error}
        node.on_air.told({}, {"stream_a": error})
        assert node.on_air.failed() == {}
    node.stream.end("offline", "The publisher left.")
    assert node.on_air.failed() == {}
