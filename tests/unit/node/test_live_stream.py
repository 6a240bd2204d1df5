from hypothesis import given
from hypothesis import strategies as st

from media_server.media.packet import AudioParams, Header, Packet
from media_server.relay.live import LiveStream
from media_server.relay.player import Player
from tests.fakes.clock import FakeClock

_HEADER = Header(None, AudioParams("aac", b"\x11\x90", 48000, 2))
_STEP = 21333


def _packet(index: int) -> Packet:
    time = 1_000_000_000 + index * _STEP
    return Packet("audio", time, time, _STEP, is_key=True, data=bytes(10))


def _stream() -> LiveStream:
    return LiveStream("stream_a", 10_000_000, 1 << 20, FakeClock())


def test_packets_wait_until_they_are_drained() -> None:
    stream = _stream()
    inlet = stream.inlet()
    inlet.post(_packet(0), _HEADER)
    assert stream.ring.window() is None
    assert stream.drain()
    assert stream.ring.window() is not None
    assert not stream.drain()


def test_a_new_publisher_cuts_the_old_one_off() -> None:
    stream = _stream()
    old = stream.inlet()
    new = stream.inlet()
    old.post(_packet(0), _HEADER)
    old.report("error", "too late")
    stream.drain()
    assert stream.ring.window() is None
    assert stream.status().status == "connecting"
    new.report("live")
    stream.drain()
    assert stream.status().status == "live"


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_slow_reader_loses_and_is_counted_and_nobody_else_is(size: int, sent: int) -> None:
    stream = _stream()
    slow, fast = stream.read(size), stream.read(100)
    inlet = stream.inlet()
    for index in range(sent):
        inlet.post(_packet(index), _HEADER)
    stream.drain()
    assert len(fast.take()) == sent
    assert len(slow.take()) == min(size, sent)
    assert slow.dropped == max(0, sent - size)
    assert stream.status().dropped_packets == slow.dropped
    slow.close()
    assert stream.status().dropped_packets == max(0, sent - size)


def test_counters_and_words_come_through() -> None:
    stream = _stream()
    inlet = stream.inlet()
    inlet.count(corrupt=2)
    inlet.count(reconnects=1)
    inlet.report("offline", "The camera did not answer.")
    stream.drain()
    status = stream.status()
    assert (status.corrupt_packets, status.reconnects) == (2, 1)
    assert (status.status, status.error) == ("offline", "The camera did not answer.")


def test_another_format_is_no_break() -> None:
    stream = _stream()
    inlet = stream.inlet()
    inlet.post(_packet(0), _HEADER)
    inlet.post(_packet(1), Header(None, AudioParams("aac", b"\x12\x08", 44100, 1)))
    stream.drain()
    status = stream.status()
    assert (status.discontinuities, status.format_changes) == (0, 1)


def test_who_changes_from_hls_to_webrtc_is_one_viewer() -> None:
    stream = _stream()
    ada, ben = Player("", "192.0.2.1", "x"), Player("", "192.0.2.2", "x")
    stream.counters.players = lambda: {ada, ben}
    assert stream.status().viewers == 2
    stream.counters.sessions = lambda: [ada, ada]  # two pages of one browser
    assert stream.status().viewers == 3


def test_a_publisher_is_kept_in_a_stream_that_holds_the_future() -> None:
    stream = _stream()
    inlet = stream.inlet()
    hour = 3600 * 1_000_000
    for index in range(3):
        packet = _packet(index)
        inlet.post(
            packet._replace(pts_us=packet.pts_us + hour, dts_us=packet.dts_us + hour), _HEADER
        )
    inlet = stream.inlet()
    reader = stream.read()
    for index in range(3):
        inlet.post(_packet(index), _HEADER)
    stream.drain()
    assert stream.ring.window() == (_packet(0).pts_us, _packet(3).pts_us)
    assert [arrival.discontinuity for arrival in reader.take()] == [True, False, False]
    assert (stream.status().discontinuities, stream.status().dropped_packets) == (1, 0)
