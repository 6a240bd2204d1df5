"""Sources whose clock runs fast or slow: the timeline follows them without steps."""

import itertools
import random
from collections.abc import Callable

import pytest

from media_server.media.packet import Packet
from media_server.media.ticks import MICROSECONDS, SourcePacket
from media_server.media.timeline import Timeline

NOW = 1_790_000_000_000_000
S = 1_000_000
FRAME, SOUND = 33_333, 21_333


class Run:
    """What a source of two tracks becomes: its packets with their arrivals."""

    def __init__(
        self,
        speed: float,
        seconds: int,
        *,
        jitter_us: int = 0,
        late_us: Callable[[int], int] = lambda _elapsed: 0,
    ) -> None:
        self.timeline = Timeline()
        self.placed: list[tuple[Packet, int]] = []
        self.breaks = 0
        chance = random.Random(1)
        times = [(n * FRAME, "video") for n in range(round(seconds * speed * S / FRAME))]
        times += [(n * SOUND, "audio") for n in range(round(seconds * speed * S / SOUND))]
        arrival = NOW
        for time, track in sorted(times):
            elapsed = round(time / speed)
            arrival = max(arrival, NOW + elapsed + late_us(elapsed) + chance.randint(0, jitter_us))
            self._add(time, track, arrival)

    def _add(self, time: int, track: str, arrival: int) -> None:
        is_video = track == "video"
        packet = SourcePacket(
            "video" if is_video else "audio", time, time, FRAME if is_video else SOUND,
            MICROSECONDS, not is_video or time // FRAME % 60 == 0, b"",
        )  # fmt: skip
        for timed in self.timeline.add(packet, arrival):
            self.breaks += timed.discontinuity
            self.placed.append((timed.packet, arrival))

    def ahead_us(self, since_s: int = 0) -> int:
        """Return how far the most advanced packet was in the future."""
        return max(packet.pts_us - at for packet, at in self.placed if at >= NOW + since_s * S)

    def behind_us(self, since_s: int) -> int:
        return max(at - packet.pts_us for packet, at in self.placed if at >= NOW + since_s * S)

    def steps(self) -> list[int]:
        times = [packet.pts_us for packet, _ in self.placed if packet.track == "video"]
        return [after - before for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize("speed", [1.02, 1.1, 1.33, 1.5])
@pytest.mark.parametrize("jitter_us", [0, 30_000])
def test_a_fast_clock_never_leads_into_the_future(speed: float, jitter_us: int) -> None:
    run = Run(speed, 60, jitter_us=jitter_us)
    assert run.ahead_us() < 400_000  # until it is known to be fast
    assert run.ahead_us(15) < 80_000
    assert run.behind_us(30) < 300_000
    assert run.breaks == 0
    assert min(run.steps()) > 0
    assert run.timeline.drift_percent == pytest.approx(speed * 100 - 100, abs=2)


@pytest.mark.parametrize("speed", [0.98, 0.9, 0.8, 0.6])
@pytest.mark.parametrize("jitter_us", [0, 30_000])
def test_a_slow_clock_is_followed_without_stills(speed: float, jitter_us: int) -> None:
    run = Run(speed, 90, jitter_us=jitter_us)
    assert run.behind_us(60) < 300_000
    assert run.ahead_us() < 100_000
    assert run.breaks == 0
    assert max(run.steps()) < FRAME / speed * 1.25
    assert run.timeline.drift_percent == pytest.approx(speed * 100 - 100, abs=2)


def test_tracks_stay_together_and_nothing_is_dropped() -> None:
    run = Run(1.33, 30)
    video = [packet.pts_us for packet, _ in run.placed if packet.track == "video"]
    sound = [packet.pts_us for packet, _ in run.placed if packet.track == "audio"]
    assert run.timeline.skipped == 0
    assert len(run.placed) == round(30 * 1.33 * S / FRAME) + round(30 * 1.33 * S / SOUND)
    assert all(
        after >= before for each in (video, sound) for before, after in itertools.pairwise(each)
    )
    assert abs(video[-1] - sound[-1]) < FRAME


@pytest.mark.parametrize(
    "late_us",
    [
        lambda at: (
            max(0, 12 * S - at) if 10 * S <= at < 12 * S else 0
        ),  # a stall of 2 s, then all at once
        lambda at: (at - 10 * S) // 4 if 10 * S <= at < 14 * S else 0,  # a slow network for 4 s
        lambda at: 700_000 if at >= 10 * S else 0,  # from now on later
        lambda at: at % S // 8,  # a server that sends unevenly
    ],
    ids=["stall", "congested", "step", "uneven"],
)
def test_a_network_is_not_taken_for_a_clock(late_us: Callable[[int], int]) -> None:
    run = Run(1.0, 40, late_us=late_us, jitter_us=10_000)
    assert run.timeline.drift_percent == 0
    assert run.breaks == 0
    assert all(abs(step - FRAME) < 5_010 for step in run.steps())


def test_a_source_that_arrived_late_at_first_is_brought_back_from_the_future() -> None:
    run = Run(1.0, 40, late_us=lambda at: 800_000 if at < 3 * S else 0)
    assert run.ahead_us(8) < 60_000
    assert run.timeline.drift_percent == 0
    assert run.breaks == 0
    assert run.steps()[-1] == FRAME


def test_a_file_that_is_sent_at_once_is_not_squeezed() -> None:
    run = Run(40.0, 3)
    assert {*run.steps()} == {FRAME}
