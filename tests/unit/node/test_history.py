"""The health samples behind the charts."""

from media_server.media.packet import AudioParams, Header, Packet
from media_server.relay.history import EVERY_S, Histories
from media_server.relay.registry import Registry
from tests.fakes.clock import FakeClock
from tests.support.streams import stream_config

_HEADER = Header(None, AudioParams("aac", b"\x11\x90", 48000, 2))
_STEP = 21333
_CONFIG = stream_config(kind="push")


def _node() -> tuple[Registry, Histories]:
    registry = Registry(lambda _config, _sink: None, FakeClock(), 1 << 20)
    return registry, Histories(registry, FakeClock())


def test_a_live_stream_has_figures_and_a_silent_one_none() -> None:
    registry, histories = _node()
    registry.reconcile([_CONFIG])
    histories.sample()
    stream = registry.get("stream_a").stream
    inlet = stream.inlet()
    inlet.report("live")
    for index in range(500):
        time = 1_000_000_000 + index * _STEP
        inlet.post(Packet("audio", time, time, _STEP, is_key=True, data=bytes(1000)), _HEADER)
    stream.drain()
    histories.sample()
    silent, live = histories.of("stream_a").figures
    assert (silent.bitrate_kbps, silent.buffer_ms) == (0, 0)
    assert 370 < live.bitrate_kbps < 380
    assert 8_000 < live.buffer_ms <= 11_100


def test_five_minutes_are_kept_and_nothing_of_what_has_gone() -> None:
    registry, histories = _node()
    registry.reconcile([_CONFIG])
    for _ in range(1000):
        histories.sample()
    assert len(histories.of("stream_a").figures) == 300 // EVERY_S
    registry.reconcile([])
    assert histories.of("stream_a").figures == []
