"""Any source's ticks on one timeline."""

import itertools
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.media.ticks import SourcePacket
from media_server.media.timeline import Timed, Timeline

NOW = 1_790_000_000_000_000
S = 1_000_000
TS = Fraction(1, 90_000)
FRAME = 3003


def source(
    ticks: int | None, *, track: str = "video", key: bool = False, **over: int | None
) -> SourcePacket:
    values: dict[str, int | None] = {"pts": ticks, "dts": ticks, "duration": FRAME, **over}
    return SourcePacket(
        "audio" if track == "audio" else "video", values["pts"], values["dts"],
        values["duration"], TS, key, b"",
    )  # fmt: skip


def play(
    timeline: Timeline, ticks: list[int], *, start: int = NOW, ppm: int = 0, gop: int = 30
) -> list[Timed]:
    """Feed frames as they arrive at real speed by the wall's clock."""
    out: list[Timed] = []
    for number, tick in enumerate(ticks):
        elapsed = number * FRAME * S // 90_000
        arrival = start + elapsed + elapsed * ppm // S
        out += timeline.add(source(tick, key=number % gop == 0), arrival)
    return out + timeline.flush()


def frames(count: int, start: int = 0) -> list[int]:
    return [start + number * FRAME for number in range(count)]


def test_frames_keep_their_distances_and_nothing_lies_in_the_future() -> None:
    placed = play(Timeline(), frames(300))
    times = [item.packet.pts_us for item in placed]
    assert len(times) == 300
    assert {b - a for a, b in itertools.pairwise(times)} <= {33_366, 33_367}
    assert NOW - times[0] in (0, 1)
    assert not any(item.discontinuity for item in placed)


def test_a_burst_at_the_start_is_not_placed_in_the_future() -> None:
    timeline = Timeline()
    burst = [item for tick in frames(60) for item in timeline.add(source(tick), NOW)]
    assert burst == []
    placed = []
    for number, tick in enumerate(frames(30, 60 * FRAME)):
        placed += timeline.add(source(tick), NOW + (number + 1) * 33_366)
    assert placed[59].packet.pts_us <= NOW
    assert all(item.packet.pts_us <= NOW + 30 * 33_367 for item in placed)


@given(st.sampled_from([32, 33]), st.integers(1, 200))
@settings(max_examples=12)
def test_a_counter_that_wraps_goes_on(bits: int, before: int) -> None:
    ticks = [(tick + (1 << bits)) % (1 << bits) for tick in frames(250, -before * FRAME)]
    placed = play(Timeline(), ticks)
    times = [item.packet.pts_us for item in placed]
    assert {b - a for a, b in itertools.pairwise(times)} <= {33_366, 33_367}
    assert abs(times[0] - NOW) < 2
    assert not any(item.discontinuity for item in placed)


def test_only_pts_has_wrapped_yet() -> None:
    timeline = Timeline(settle_us=0)
    top = 1 << 33
    timeline.add(source(top - 2 * FRAME, pts=top - FRAME), NOW)
    [item] = timeline.add(source(top - FRAME, pts=FRAME), NOW + 33_367)
    assert item.packet.pts_us - item.packet.dts_us in (66_733, 66_734)


def test_a_jump_back_is_mended_and_flagged_once() -> None:
    timeline = Timeline()
    out = play(timeline, [*frames(150), *frames(150)])
    times = [item.packet.pts_us for item in out]
    assert times == sorted(times)
    assert [index for index, item in enumerate(out) if item.discontinuity] == [150]
    assert abs(times[150] - times[149] - 33_367) < 2  # seamless
    assert timeline.discontinuities == 1


def test_a_jump_ahead_is_mended() -> None:
    out = play(Timeline(), [*frames(90), *frames(90, 10**9)])
    times = [item.packet.pts_us for item in out]
    assert max(b - a for a, b in itertools.pairwise(times)) < 40_000
    assert sum(item.discontinuity for item in out) == 1


def test_a_pause_that_the_wall_clock_saw_is_no_jump() -> None:
    timeline = Timeline(settle_us=0)
    timeline.add(source(0), NOW)
    [item] = timeline.add(source(90_000 * 20), NOW + 20 * S)
    assert item.packet.pts_us == NOW + 20 * S
    assert not item.discontinuity


def test_both_tracks_stay_aligned_over_a_jump() -> None:
    timeline = Timeline(settle_us=0)
    out: list[Timed] = []
    for number in range(200):
        tick = (number % 100) * FRAME
        arrival = NOW + number * 33_367
        # The audio is interleaved late: its jump comes two packets after the picture's.
        late = ((number - 2) % 100) * FRAME
        out += timeline.add(source(tick), arrival)
        if number >= 2:
            out += timeline.add(source(late, track="audio"), arrival)
    assert sum(item.discontinuity for item in out) == 1
    video = [item.packet.pts_us for item in out if item.packet.track == "video"]
    sound = [item.packet.pts_us for item in out if item.packet.track == "audio"]
    assert all(abs(v - a) < 3 for v, a in zip(video, sound, strict=False))


def test_drift_is_corrected_between_gops_only() -> None:
    out = play(Timeline(), frames(30 * 600), ppm=500, gop=60)  # ten minutes
    last = out[-1]
    arrival = NOW + 17_999 * FRAME * S // 90_000 * 1_000_500 // S
    assert abs(arrival - last.packet.pts_us) < 220_000  # 300 ms uncorrected, and more later
    uneven = 0
    for before, after in itertools.pairwise(out):
        step = after.packet.pts_us - before.packet.pts_us
        if abs(step - 33_367) > 2:
            uneven += 1
            assert after.packet.is_key
            assert abs(step - 33_367) <= 5_002
    assert uneven > 0
    assert not any(item.discontinuity for item in out)


def test_drift_the_other_way() -> None:
    out = play(Timeline(), frames(30 * 600), ppm=-500, gop=60)
    arrival = NOW + 17_999 * FRAME * S // 90_000 * 999_500 // S
    assert abs(arrival - out[-1].packet.pts_us) < 220_000
    times = [item.packet.dts_us for item in out]
    assert times == sorted(times)


def test_a_source_that_stood_still_is_moved_up() -> None:
    timeline = Timeline()
    first = play(timeline, frames(60))
    rest = play(timeline, frames(1200, 60 * FRAME), start=NOW + 12 * S)
    assert sum(item.discontinuity for item in [*first, *rest]) == 1
    arrival = NOW + 12 * S + 1199 * 33_367
    assert abs(rest[-1].packet.pts_us - arrival) < 200_000


def test_absent_times_are_guessed() -> None:
    timeline = Timeline(settle_us=0, reorder=2)
    shown = [0, 4, 2, 1, 3, 8, 6, 5, 7]
    out = [
        item
        for n, k in enumerate(shown)
        for item in timeline.add(source(k * FRAME, dts=None), NOW + n * 33_367)
    ]
    assert len(out) == len(shown)
    decode = [item.packet.dts_us for item in out]
    assert decode == sorted(decode)
    assert all(item.packet.dts_us <= item.packet.pts_us for item in out)


def test_no_time_at_all_goes_on_from_the_packet_before() -> None:
    timeline = Timeline(settle_us=0)
    timeline.add(source(0), NOW)
    [item] = timeline.add(source(None), NOW + 33_367)
    assert item.packet.pts_us == NOW + 33_367
    assert Timeline(settle_us=0).add(source(None), NOW) == []


def test_a_restart_goes_on_behind_what_was() -> None:
    timeline = Timeline()
    before = play(timeline, frames(90))
    timeline.restart()
    after = play(timeline, frames(90), start=NOW + S)  # it comes back before what was placed ends
    assert after[0].discontinuity
    assert after[0].packet.dts_us >= before[-1].packet.pts_us
    assert sum(item.discontinuity for item in after) == 1


def test_nothing_follows_a_picture_that_is_shown_in_the_future() -> None:
    timeline = Timeline(settle_us=0)
    timeline.add(source(0, key=True), NOW)
    timeline.add(source(FRAME, pts=FRAME + 90_000 * 7200), NOW + 33_367)
    [item] = timeline.add(source(90_000 * 1000, key=True), NOW + 66_733)
    assert item.discontinuity
    assert (item.packet.dts_us, item.packet.pts_us) == (NOW + 66_733, NOW + 66_733)
    [item] = timeline.add(source(0, key=True), NOW + 100_100)  # nor does what jumps after it
    assert item.packet.pts_us == NOW + 100_100


def test_time_comes_back_from_a_source_that_ran_ahead_of_the_clock() -> None:
    timeline = Timeline(settle_us=0)
    ahead = [item for n in range(10) for item in timeline.add(source(n * 90_000), NOW)]
    assert ahead[-1].packet.pts_us == NOW + 9 * S
    out = [timeline.add(source(n * FRAME, key=n == 0), NOW + n * 33_367)[0] for n in range(30)]
    assert [item.packet.pts_us - NOW for item in out[:2]] == [0, 33_367]
    assert [item.discontinuity for item in out] == [True] + [False] * 29


def test_a_stream_that_holds_the_future_is_not_followed_there() -> None:
    timeline = Timeline(after_us=NOW + 7200 * S)
    placed = play(timeline, frames(60))
    assert placed[0].packet.pts_us == NOW
    assert [item.discontinuity for item in placed] == [True] + [False] * 59
    near = play(Timeline(after_us=NOW + 2 * S), frames(60))  # a little is followed, seamlessly
    assert near[0].packet.pts_us == NOW + 2 * S


@given(st.lists(st.tuples(st.integers(-(2**33), 2**33), st.integers(0, 5 * S)), max_size=60))
@settings(max_examples=100)
def test_whatever_comes_time_goes_back_from_the_future_only(steps: list[tuple[int, int]]) -> None:
    timeline = Timeline()
    arrival = NOW
    out: list[Timed] = []
    for tick, wait in steps:
        arrival += wait
        out += timeline.add(source(tick, key=True), arrival)
    out += timeline.flush()
    for before, after in itertools.pairwise(out):
        if after.packet.dts_us < before.packet.dts_us:
            assert after.discontinuity
            assert before.packet.pts_us + before.packet.duration_us > after.packet.pts_us + 5 * S
    assert all(item.packet.dts_us <= item.packet.pts_us for item in out)
