"""Live sources over HTTP whose clock runs fast or slow, and which send in bursts."""

import threading
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import av
import pytest

from domain.infra.http.safe_http import Policy, SafeFetcher
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.lines import Lines
from media_server.ingest.read_ahead import read_ahead
from media_server.ingest.smoothing import Smoothing
from media_server.ingest.unit import AvPacket, TrackPacket
from media_server.media.ticks import MICROSECONDS, SourcePacket
from media_server.media.timeline import Timeline
from tests.unit.node.test_hls_sources import _VIDEO

S = 1_000_000
NOW = 1_790_000_000 * S
FRAME_S = 1 / 25


class Run:
    """A source that starts three segments back, and sends each segment when it is whole."""

    def __init__(self, speed: float, segment_s: float, seconds: float, late_s: float = 0) -> None:
        self.timeline = Timeline()
        self.breaks = 0
        self.passed: list[tuple[float, float, int]] = []  # media time, when, and its place in UTC
        self.lag_s: list[float] = []  # what is held when a segment arrives
        self._smoothing = Smoothing()
        self._held: deque[float] = deque()
        self._now = 0.0
        frames = round(segment_s / FRAME_S)
        for number in range(int(seconds * speed / segment_s) + 2):
            at = max(0.0, (number - 2) * segment_s / speed) + (late_s if number % 7 == 5 else 0)
            self._pass_on(at)
            self.lag_s.append(len(self._held) * FRAME_S)
            for frame in range(frames):
                media_s = number * segment_s + frame * FRAME_S
                self._held.append(media_s)
                self._smoothing.arrived(media_s, at + frame / 10_000)

    def _pass_on(self, until_s: float) -> None:
        while self._held:
            media_s = self._held[0]
            due = self._now + max(0.0, self._smoothing.wait_s(media_s, self._now))
            if due > until_s:
                break
            self._now = due
            self._held.popleft()
            self._place(round(media_s * S), NOW + round(due * S))
        self._now = max(self._now, until_s)

    def _place(self, time: int, now_us: int) -> None:
        is_key = time % (2 * S) == 0
        packet = SourcePacket("video", time, time, 40_000, MICROSECONDS, is_key, b"")
        for timed in self.timeline.add(packet, now_us):
            self.breaks += timed.discontinuity
            self.passed.append((time / S, (now_us - NOW) / S, timed.packet.pts_us - NOW))


@pytest.mark.parametrize("speed", [0.8, 1.33, 1.5])
@pytest.mark.parametrize(("segment_s", "late_s"), [(0.2, 0.0), (2.0, 0.0), (6.0, 0.0), (6.0, 1.5)])
def test_the_lag_of_a_fast_clock_shrinks_and_the_timeline_follows(
    speed: float, segment_s: float, late_s: float
) -> None:
    run = Run(speed, segment_s, 500, late_s)
    end = len(run.lag_s) * 7 // 8
    assert max(run.lag_s) < 3 * segment_s + 15
    assert 0 < max(run.lag_s[end:]) < segment_s + 1  # as a segment arrives
    assert run.timeline.drift_percent == pytest.approx(speed * 100 - 100, abs=4)
    assert run.breaks == 0
    assert all(us / S < at + 0.5 for _, at, us in run.passed)
    last = run.passed[len(run.passed) * 3 // 4 :]
    assert all(us / S > at - 1.0 for _, at, us in last)
    assert max(after[2] - before[2] for before, after in pairwise(last)) < 100_000


@pytest.mark.parametrize("late_s", [0.0, 1.5])
def test_a_true_clock_is_passed_on_in_real_time(late_s: float) -> None:
    run = Run(1.0, 6.0, 200, late_s)
    assert run.timeline.drift_percent == 0
    delays = [at - media for media, at, _ in run.passed]
    assert max(delays) - min(delays) < 0.05


def test_a_file_that_waits_for_us_has_no_clock() -> None:
    smoothing = Smoothing()
    for second in range(60):
        for frame in range(20):
            smoothing.arrived(second * 2 + frame / 10, second + frame / 20)
        smoothing.held_up()
        smoothing.wait_s(second, second)
    assert smoothing.speed == 1.0


class Frames:
    """A demuxer that sends frames at once, counts them, and may fail."""

    lines = Lines()

    def __init__(self, count: int, *, size: int = 1, error: Exception | None = None) -> None:
        self.taken = 0
        self._count, self._size, self._error = count, size, error

    def packets(self) -> Iterator[TrackPacket]:
        for number in range(self._count):
            packet: AvPacket = av.Packet(bytes(self._size))
            packet.dts = packet.pts = 0
            packet.time_base = Fraction(1, 25)
            self.taken = number + 1
            yield TrackPacket(_VIDEO, packet)
        if self._error is not None:
            raise self._error


def opener() -> HttpOpener:
    return HttpOpener(SafeFetcher(Policy.PULL))


def test_everything_that_was_read_is_passed_on_before_the_error_that_ended_it() -> None:
    taken: list[TrackPacket] = []
    with (
        read_ahead(Frames(5, error=OSError("gone")), opener(), 60) as ahead,
        pytest.raises(OSError, match="gone"),
    ):
        taken.extend(ahead.packets())
    assert len(taken) == 5


def test_reading_ahead_is_bounded_and_ends_with_its_context() -> None:
    frames = Frames(1000, size=1024 * 1024)
    with read_ahead(frames, opener(), 60) as ahead:
        assert next(ahead.packets()).packet.size == 1024 * 1024
    assert frames.taken < 30
    assert not [each for each in threading.enumerate() if each.name == "read-ahead"]
