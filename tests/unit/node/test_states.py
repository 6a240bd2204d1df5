"""A stream's state as users see it: never on air, off air since, unsteady and why, healthy."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from domain.core.errors import StreamOffline
from domain.core.time import to_us
from domain.live.states import with_state
from domain.live.wire import StreamStatus
from media_server.media.packet import Header, Packet, VideoParams
from media_server.relay.live import LiveStream
from media_server.relay.rhythm import Rhythm
from tests.fakes.clock import FakeClock

_YESTERDAY = datetime(2026, 11, 20, 18, tzinfo=UTC)


def _header(fps: float) -> Header:
    return Header(VideoParams("h264", b"", 1280, 720, fps), None)


class Run:
    """A stream's run, fed with so many frames a second."""

    def __init__(
        self,
        *,
        on_air_us: int | None = None,
        declared_fps: float = 30,
        max_bytes: int = 1 << 20,
    ) -> None:
        self.clock = FakeClock()
        self.stream = LiveStream("stream_a", 60_000_000, max_bytes, self.clock, on_air_us)
        self._header = _header(declared_fps)
        self._inlet = self.stream.inlet()
        self._second = 0

    def feed(
        self, seconds: int, fps: int = 30, *, broken: bool = False, key_every_s: int = 1
    ) -> StreamStatus:
        for _ in range(seconds):
            for frame in range(fps):
                at_us = to_us(self.clock.now()) + frame * 1_000_000 // fps
                is_key = frame == 0 and self._second % key_every_s == 0
                packet = Packet("video", at_us, at_us, 33_333, is_key, bytes(10))
                self._inlet.post(packet, self._header, discontinuity=broken and frame == 0)
            broken = False
            self._second += 1
            self._inlet.report("live")
            self.stream.drain()
            self.clock.advance(1)
        return self.stream.status()

    def drifts(self, percent: float) -> None:
        self._inlet.drifts(percent)

    def off(self, reason: str | None = None) -> StreamStatus:
        self.stream.end("offline", reason)
        self._inlet = self.stream.inlet()
        return self.stream.status()


def test_a_stream_that_waits_for_its_first_publisher_was_never_on_air() -> None:
    status = Run().off()
    assert (status.state, status.since_us) == ("never_on_air", None)


def test_a_restart_does_not_change_since_when_a_stream_is_off_air() -> None:
    status = Run(on_air_us=to_us(_YESTERDAY)).off()
    assert (status.state, status.since_us) == ("off_air", to_us(_YESTERDAY))


def test_a_stream_is_off_air_since_its_last_packet() -> None:
    run = Run()
    run.feed(10)
    last = run.stream.health.arrived_us
    run.clock.advance(20)  # a source that hangs is noticed later
    status = run.off("The camera does not answer.")
    assert (status.state, status.since_us) == ("off_air", last)
    assert status.reason == "The camera does not answer."


def test_a_stream_with_all_its_frames_is_healthy() -> None:
    status = Run().feed(10)
    assert (status.state, status.reason) == ("healthy", None)
    assert status.since_us == to_us(FakeClock().now())


def test_too_few_frames_are_said() -> None:
    status = Run().feed(10, fps=19)
    assert (status.state, status.reason) == ("unsteady", "19 of 30 frames per second")


def test_where_no_rate_is_declared_the_best_of_the_last_minute_is_due() -> None:
    run = Run(declared_fps=0)
    assert run.feed(10).state == "healthy"
    assert run.feed(10, fps=19).reason == "19 of 30 frames per second"
    assert run.feed(70, fps=19).state == "healthy"  # that is what the source sends


@pytest.mark.parametrize(
    ("percent", "reason"),
    [
        (33.2, "the source's clock is 33 % fast"),
        (-20.0, "the source's clock is 20 % slow"),
        (0.4, None),
    ],
)
def test_a_clock_that_is_fast_or_slow_is_said(percent: float, reason: str | None) -> None:
    run = Run()
    run.drifts(percent)
    assert run.feed(10).reason == reason


def test_an_encoder_that_sends_no_keyframes_is_said_once_and_goes_on() -> None:
    run = Run(max_bytes=3_000)
    assert run.feed(9, key_every_s=1000).state == "healthy"
    with capture_logs() as logs:
        status = run.feed(20, key_every_s=1000)
    assert (status.state, status.window) == ("unsteady", None)
    assert status.reason == "the encoder sends no keyframes"
    with pytest.raises(StreamOffline, match=r"sends no keyframes.*every 2 seconds"):
        run.stream.ring.select(0, 1)
    with pytest.raises(StreamOffline, match="sends no keyframes"):
        run.stream.ring.frame_at(None)
    assert [log["event"] for log in logs] == ["no_keyframes"]
    assert run.feed(4).state == "healthy"
    assert run.stream.ring.window() is not None


def test_breaks_are_said_for_a_minute() -> None:
    run = Run()
    run.feed(5)
    assert run.feed(5, broken=True).reason == "1 break in the last minute"
    assert run.feed(2, broken=True).reason == "2 breaks in the last minute"
    assert run.feed(62).state == "healthy"


@pytest.mark.parametrize(("seconds", "state"), [(20, "unsteady"), (600, "healthy")])
def test_a_short_time_off_air_is_a_break_and_a_long_one_a_new_beginning(
    seconds: int, state: str
) -> None:
    run = Run()
    run.feed(10)
    run.off()
    run.clock.advance(seconds)
    assert run.feed(3, broken=True).state == state


def test_a_stream_on_air_of_which_nothing_comes_is_unsteady() -> None:
    run = Run()
    run.feed(10)
    run.clock.advance(5)
    status = run.stream.status()
    assert (status.state, status.reason) == ("unsteady", "nothing is arriving")


def test_a_source_that_sends_rarely_is_healthy() -> None:
    run = Run()
    for number in range(4):
        assert run.feed(1, fps=1).state == "healthy"
        run.clock.advance(9)
        assert number == 0 or run.stream.status().state == "healthy"
    run.clock.advance(20)
    assert run.stream.status().reason == "nothing is arriving"


@pytest.mark.parametrize(("every_s", "least_s"), [(0.03, 5), (1, 5), (10, 25), (11, 27.5)])
def test_a_publisher_has_stopped_when_it_pauses_for_longer_than_usual(
    every_s: float, least_s: float
) -> None:
    rhythm = Rhythm(12)
    now = 100.0
    for number in range(30):
        rhythm.came(now)
        now += every_s
        assert not rhythm.has_stopped(now, 5), number
    stopped = now - every_s + least_s
    assert not rhythm.has_stopped(stopped - 0.1, 5)
    assert rhythm.has_stopped(stopped + 0.1, 5)


def test_visitors_are_told_the_state_but_not_what_the_source_is() -> None:
    run = Run()
    assert run.feed(10, fps=19).for_visitors().reason == "19 of 30 frames per second"
    shown = run.off("rtsp://10.0.0.9 refuses the password.").for_visitors()
    assert shown.state == "off_air"
    assert "10.0.0.9" not in f"{shown.reason} {shown.error}"


def test_without_a_node_what_was_kept_is_said() -> None:
    away = StreamStatus(stream_id="s", status="offline", error="No media node is running.")
    assert with_state(away).state == "never_on_air"
    known = with_state(away, _YESTERDAY)
    assert (known.state, known.since_us) == ("off_air", to_us(_YESTERDAY))
    assert known.reason == "No media node is running."
