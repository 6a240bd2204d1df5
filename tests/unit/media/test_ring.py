"""What the ring keeps, evicts and returns."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.core.errors import BadInput, LeftTheBuffer, StreamOffline, TooEarly
from media_server.media.packet import Header, Packet, Track
from media_server.media.ring import Ring
from media_server.media.span import plan
from tests.unit.media.scripted import (
    AUDIO,
    BOTH,
    FRAME_US,
    OTHER_VIDEO,
    START,
    VIDEO,
    audio,
    both,
    filled,
    video,
)

S = 1_000_000


_FILLED = {gop: filled(10, gop=gop) for gop in (5, 25, 60, 250)}


def shown(ring: Ring, start: int, end: int) -> list[int]:
    """The pts of all video packets of a selection that are on screen in it."""
    selection = ring.select(start, end)
    pts = [int(t) for piece in selection.pieces for run in piece.video for t in run.pts_us]
    return sorted(t for t in pts if selection.start_us <= t < selection.end_us)


def test_an_empty_ring_says_so() -> None:
    ring = Ring(S, S)
    assert ring.window() is None
    assert ring.header is None
    with pytest.raises(StreamOffline):
        ring.select(0, 1)
    with pytest.raises(StreamOffline):
        ring.frame_at(None)


def test_the_window_is_what_is_held() -> None:
    ring = filled(10)
    assert ring.window() == (START, START + 10 * S)


def test_video_before_a_keyframe_is_not_kept() -> None:
    ring = Ring(S, S)
    assert not ring.append(video(1), BOTH)
    assert ring.append(video(25), BOTH)
    assert ring.dropped == 1


def test_whole_gops_leave_once_the_buffer_is_held_without_them() -> None:
    ring = filled(60, buffer_s=10)
    window = ring.window()
    assert window is not None
    assert 10 * S <= window[1] - window[0] < 12 * S
    assert (window[0] - START) % S == 0
    oldest_audio = ring.audio.chunks[0].start_us
    assert window[0] - 3 * S < oldest_audio <= window[0]


def test_bytes_bound_it_too() -> None:
    ring = Ring(1000 * S, 50_000)
    for number in range(2000):
        ring.append(video(number, size=1000), BOTH)
    assert ring.byte_size <= 50_000
    window = ring.window()
    assert window is not None
    assert window[1] - window[0] >= S


def test_a_gop_larger_than_all_that_is_allowed_is_given_up_until_the_next_keyframe() -> None:
    ring = Ring(1000 * S, 10_000)
    for number in range(25):
        ring.append(video(number, size=1000), BOTH)
    assert ring.window() is None
    assert ring.dropped > 0
    assert ring.append(video(25, size=1000), BOTH)


def test_a_selection_outlives_eviction() -> None:
    ring = filled(5, buffer_s=5)
    selection = ring.select(START, START + S)
    before = [bytes(p) for run in selection.pieces[0].video for p in run.packets()]
    for packet in both(60, start=START + 5 * S):
        ring.append(packet, BOTH)
    assert [bytes(p) for run in selection.pieces[0].video for p in run.packets()] == before
    with pytest.raises(LeftTheBuffer):
        ring.select(START, START + S)


def test_a_selection_of_the_open_gop_does_not_grow() -> None:
    ring = filled(1.5)
    selection = ring.select(START + S, START + 2 * S)
    count = len(selection.pieces[0].video[0])
    ring.append(video(38), BOTH)
    assert len(selection.pieces[0].video[0]) == count


@pytest.mark.parametrize("compact", [True, False])
def test_bytes_come_back_as_they_went_in(compact: bool) -> None:  # noqa: FBT001 (a parameter)
    ring = Ring(1000 * S, 1 << 30, compact=compact)
    packets = list(both(5))
    for packet in packets:
        ring.append(packet, BOTH)
    selection = ring.select(START + S, START + 3 * S)
    got = [bytes(p) for run in selection.pieces[0].video for p in run.packets()]
    assert got == [bytes(p.data) for p in packets if p.track == "video"][25:75]


def test_spans_that_cannot_be_are_refused() -> None:
    ring = filled(5)
    with pytest.raises(BadInput):
        ring.select(START + S, START + S)
    with pytest.raises(LeftTheBuffer):
        ring.select(START - 1, START + S)
    with pytest.raises(TooEarly):
        ring.select(START + 5 * S, START + 6 * S)
    with pytest.raises(TooEarly):
        ring.frame_at(START + 5 * S)


@settings(max_examples=60)
@given(st.integers(0, 10 * S - 1), st.integers(1, 12 * S), st.sampled_from([5, 25, 60, 250]))
def test_a_cut_shows_the_frames_on_screen(start: int, length: int, gop: int) -> None:
    ring = _FILLED[gop]
    got = shown(ring, START + start, START + start + length)
    first = start // FRAME_US
    last = min(250, -(-(start + length) // FRAME_US))
    assert got == [START + n * FRAME_US for n in range(first, last)]


def test_the_end_of_the_window_waits_for_frames_that_are_shown_earlier() -> None:
    ring = Ring(1000 * S, S)
    # Decode order I P B B: the frame shown third has not come when the fourth has.
    for pts, dts in ((2, 0), (5, 1), (3, 2)):
        ring.append(
            video(0)._replace(pts_us=START + pts * FRAME_US, dts_us=START + dts * FRAME_US,
                              is_key=pts == 2),
            BOTH,
        )  # fmt: skip
    assert ring.window() == (START + 2 * FRAME_US, START + 3 * FRAME_US)


def test_frame_at_and_the_bytes_for_it() -> None:
    ring = filled(5)
    at = ring.frame_at(START + 2 * S + 3 * FRAME_US + 7)
    assert at == START + 2 * S + 3 * FRAME_US
    frame = ring.frame_bytes(at)
    assert frame.target_us == at
    assert frame.extradata == VIDEO.extradata
    assert frame.pts_us == tuple(START + 2 * S + n * FRAME_US for n in range(4))
    assert len(frame.data) == sum(frame.sizes)
    assert ring.frame_at(None) == START + 5 * S - FRAME_US
    assert ring.keyframe_at(START + 2 * S + 600_000) == START + 3 * S
    assert ring.first_keyframe(at, START + 4 * S) == START + 3 * S
    assert ring.first_keyframe(at, START + 3 * S) is None


def test_late_audio_is_found_by_its_time() -> None:
    ring = Ring(1000 * S, 1 << 30)
    for number in range(100):
        ring.append(video(number), BOTH)
    for number in range(180):  # all of it after all of the video
        ring.append(audio(number), BOTH)
    selection = ring.select(START + S, START + 2 * S)
    times = [int(t) for run in selection.pieces[0].audio for t in run.pts_us]
    assert times[0] <= START + S - 50_000
    assert START + 2 * S - 22_000 < times[-1] < START + 2 * S


def test_a_header_changes_with_the_next_keyframe() -> None:
    ring = Ring(1000 * S, 1 << 30)
    other = Header(OTHER_VIDEO, AUDIO)
    for number in range(25):
        ring.append(video(number), BOTH)
    assert not ring.append(video(26), other)
    assert ring.append(audio(50), other)  # its own format is the same
    assert ring.append(video(50), other)
    selection = ring.select(START, START + 3 * S)
    assert [piece.header for piece in selection.pieces if piece.video] == [BOTH, other]
    assert ring.header == other


def test_a_discontinuity_begins_a_section_at_once() -> None:
    ring = filled(2)
    later = START + 10 * S
    assert ring.append(audio(0, start=later), BOTH, discontinuity=True)
    assert not ring.append(video(1, start=later), BOTH)
    assert ring.append(video(25, start=later), BOTH)
    # The gap shows nothing of its own: a clip from within it starts behind it.
    selection = ring.select(START + 5 * S, later + 2 * S)
    assert selection.start_us == later + S


def test_a_clip_that_begins_in_a_gap_says_why_it_is_shorter() -> None:
    ring = filled(2)
    later = START + 5 * S
    for packet in both(2, start=later):
        ring.append(packet, BOTH, discontinuity=packet.pts_us == later and packet.track == "video")
    in_the_gap = plan(ring.select(START + 3 * S, START + 6 * S))
    assert in_the_gap.start_us == later
    assert in_the_gap.reason is not None
    assert plan(ring.select(START + S, START + 6 * S)).reason is None


def test_packets_that_go_back_are_dropped() -> None:
    ring = filled(2)
    assert not ring.append(video(10), BOTH)
    assert not ring.append(audio(3), BOTH)
    assert ring.dropped == 2


def test_a_stream_of_audio_alone() -> None:
    ring = Ring(10 * S, 1 << 30)
    header = Header(None, AUDIO)
    for number in range(3000):
        ring.append(audio(number), header)
    window = ring.window()
    assert window is not None
    assert 10 * S <= window[1] - window[0] <= 13 * S
    selection = ring.select(window[0] + S, window[0] + 3 * S)
    assert (selection.start_us, selection.end_us) == (window[0] + S, window[0] + 3 * S)
    with pytest.raises(StreamOffline):
        ring.frame_at(None)


def test_a_slide_that_stands_for_a_minute_does_not_lengthen_a_clip() -> None:
    ring = Ring(1000 * S, 1 << 30)
    for number in range(4):
        at = START + number * 60 * S
        ring.append(
            Packet("video", at, at, 60 * S, is_key=True, data=b"slide"), Header(VIDEO, None)
        )
    selection = ring.select(START + 10 * S, START + 20 * S)
    assert (selection.start_us, selection.end_us) == (START + 10 * S, START + 20 * S)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(20_000, 200_000))
def test_whatever_comes_the_bounds_hold(seed: int, most: int) -> None:
    spread = random.Random(seed)
    ring = Ring(3 * S, most)
    at = START
    for number in range(400):
        at += spread.choice([0, 1, FRAME_US, FRAME_US, FRAME_US, 3 * S, -FRAME_US])
        track: Track = spread.choice(("video", "video", "audio"))
        packet = video(number, size=spread.randrange(4, 5000))._replace(
            track=track, pts_us=at, dts_us=at, is_key=spread.random() < 0.2 or track == "audio",
        )  # fmt: skip
        header = spread.choice([BOTH] * 20 + [Header(OTHER_VIDEO, AUDIO)])
        ring.append(packet, header, discontinuity=spread.random() < 0.02)
        assert ring.byte_size <= most
        window = ring.window()
        if window is not None:
            assert window[0] < window[1]
            selection = ring.select(window[0], window[1])
            assert selection.start_us < selection.end_us


def test_sound_alone_goes_on_where_a_picture_was() -> None:
    ring = filled(5, buffer_s=10)
    alone = Header(None, AUDIO)
    for number in range(1200):
        ring.append(audio(number, start=START + 5 * S), alone, discontinuity=number == 0)
        if number == 200:
            assert ring.frame_at(START + 8 * S) == START + 124 * FRAME_US
            selection = ring.select(START + 6 * S, START + 8 * S)
            assert (selection.start_us, selection.end_us) == (START + 6 * S, START + 8 * S)
            assert not any(piece.video for piece in selection.pieces)
            across = plan(ring.select(START + 3 * S, START + 8 * S))
            assert (across.end_us, across.reason is None) == (START + 5 * S, False)
    window = ring.window()
    assert window is not None
    assert window[1] > START + 30 * S
    assert 10 * S <= window[1] - window[0] < 13 * S
    assert not ring.video.chunks
