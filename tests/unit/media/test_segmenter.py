"""Part and segment boundaries in a ring."""

from media_server.media.packet import Header
from media_server.media.playlist import media_playlist
from media_server.media.ring import Ring
from media_server.media.segmenter import Segmenter
from tests.unit.media.scripted import AUDIO, BOTH, OTHER_VIDEO, START, VIDEO, audio, both, video

S = 1_000_000


def follow(packets: list, *, header: Header = BOTH, buffer_us: int = 10**12) -> Segmenter:  # type: ignore[type-arg]
    ring = Ring(buffer_us, 1 << 30)
    segmenter = Segmenter(ring)
    for packet in packets:
        ring.append(packet, header)
        segmenter.advance()
    return segmenter


def test_segments_start_with_keyframes_and_parts_are_whole_frames() -> None:
    segmenter = follow(list(both(10)))
    state = segmenter.state()
    assert [s.start_us for s in state.segments] == [
        START + n * S for n in range(len(state.segments))
    ]
    assert len(state.segments) >= 9
    for segment in state.segments[:-1]:
        assert segment.duration_us == S
        assert [part.duration_us for part in segment.parts] == [200_000] * 5
        assert [part.independent for part in segment.parts] == [True, False, False, False, False]
    assert state.part_target_us == 220_000


def test_long_gops_are_one_segment_until_ten_seconds() -> None:
    segmenter = follow(list(both(25, gop=125)))
    durations = [s.duration_us for s in segmenter.state().segments[:-1]]
    assert durations == [5 * S] * len(durations)
    endless = follow(list(both(25, gop=10_000)))
    state = endless.state()
    assert [s.independent for s in state.segments] == [True, False, False]
    assert "INDEPENDENT-SEGMENTS" not in media_playlist(state)
    assert state.target_s == 10


def test_what_is_published_never_changes_and_numbers_stay() -> None:
    ring = Ring(20 * S, 1 << 30)
    segmenter = Segmenter(ring)
    seen: dict[tuple[int, int], bytes] = {}
    for number, packet in enumerate(both(60)):
        ring.append(packet, BOTH)
        if segmenter.advance():
            where = segmenter.position
            assert where is not None
            assert where not in seen
            part = segmenter.part(*where)
            assert part is not None
            seen[where] = b"".join(part)
        if number % 500 == 0:
            for (msn, index), before in seen.items():
                again = segmenter.part(msn, index)
                assert again is None or b"".join(again) == before
    state = segmenter.state()
    window = ring.window()
    assert window is not None
    assert state.segments[0].start_us == window[0]
    assert state.segments[0].number == (window[0] - START) // S
    assert segmenter.part(state.segments[0].number - 1, 0) is None
    assert segmenter.part(0, 0) is None


def test_a_segment_is_its_parts() -> None:
    segmenter = follow(list(both(5)))
    parts = [segmenter.part(2, k) for k in range(5)]
    segment = segmenter.segment(2)
    assert segment is not None
    assert b"".join(segment) == b"".join(b"".join(part) for part in parts if part)
    assert segmenter.segment(segmenter.state().segments[-1].number) is None  # still growing
    assert segmenter.segment(10**6) is None


def test_a_part_waits_for_its_sound_but_not_for_ever() -> None:
    segmenter = follow([video(n) for n in range(10)])
    assert segmenter.position is None
    segmenter = follow([video(n) for n in range(90)])
    assert segmenter.position is not None


def test_all_sound_is_in_some_part_once() -> None:
    segmenter = follow(list(both(10)))
    total = 0
    for segment in segmenter.state().segments:
        for index in range(len(segment.parts)):
            part = segmenter.part(segment.number, index)
            assert part is not None
            total += b"".join(part).count(b"aaaaaaaaaa")
    assert 450 <= total <= 469


def test_a_new_header_is_a_discontinuity_with_its_own_init_section() -> None:
    ring = Ring(10**12, 1 << 30)
    segmenter = Segmenter(ring)
    other = Header(OTHER_VIDEO, AUDIO)
    for packet in both(6):
        ring.append(packet, BOTH if packet.dts_us < START + 3 * S else other)
        segmenter.advance()
    text = media_playlist(segmenter.state())
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-MAP") == 2
    assert segmenter.init(0) != segmenter.init(1)
    assert segmenter.init(2) is None


def test_discontinuities_that_left_are_counted() -> None:
    ring = Ring(10 * S, 1 << 30)
    segmenter = Segmenter(ring)
    for number in range(40 * 25):
        broken = number % 250 == 0 and number > 0
        ring.append(video(number), Header(VIDEO, None), discontinuity=broken)
        segmenter.advance()
    assert segmenter.state().discontinuity_sequence >= 2


def test_what_has_left_the_ring_is_forgotten_though_nobody_asks() -> None:
    ring = Ring(5 * S, 1 << 30)
    segmenter = Segmenter(ring)
    for number, packet in enumerate(both(60)):
        ring.append(packet, BOTH if number < 500 else Header(OTHER_VIDEO, AUDIO))
        segmenter.advance()
    assert segmenter.init(0) is None
    assert segmenter.init(1) is not None


def test_the_next_part_is_hinted_and_then_comes() -> None:
    ring = Ring(10**12, 1 << 30)
    segmenter = Segmenter(ring)
    hint = None
    for packet in both(5):
        ring.append(packet, BOTH)
        if segmenter.advance():
            where = segmenter.position
            assert where is not None
            if hint is not None:
                assert hint == f"part-{where[0]}-{where[1]}.m4s"
            assert segmenter.has(*where)
            assert not segmenter.has(where[0])
            hint = segmenter.state().hint_uri


def test_sound_alone() -> None:
    segmenter = follow([audio(n) for n in range(470)], header=Header(None, AUDIO))
    state = segmenter.state()
    assert len(state.segments) >= 9
    assert all(part.independent for s in state.segments for part in s.parts)
    variant = segmenter.variant()
    assert variant is not None
    assert variant.codecs == "mp4a.40.2"


def test_segments_go_on_after_time_has_come_back_from_the_future() -> None:
    ring = Ring(10**12, 1 << 30)
    segmenter = Segmenter(ring)
    for packet in both(5, start=START + 3600 * S):
        ring.append(packet, BOTH)
        segmenter.advance()
    ring.clear()
    for number, packet in enumerate(both(5)):
        ring.append(packet, BOTH, discontinuity=number == 0)
        segmenter.advance()
    lines = [line for line in segmenter.state().segments if line.start_us < START + 5 * S]
    assert lines[0].start_us == START
    assert lines[0].discontinuity
    assert len(lines) >= 4
    assert segmenter.segment(lines[1].number)


def test_all_that_is_there_is_published_when_nothing_more_comes() -> None:
    ring = Ring(10**12, 1 << 30)
    segmenter = Segmenter(ring)
    for number in range(30):  # its sound never comes
        ring.append(video(number), BOTH)
        segmenter.advance()
    segmenter.flush()
    segments = segmenter.state().segments
    assert sum(segment.duration_us or 0 for segment in segments) == video(30).dts_us - START
    newest = segments[-1].number
    assert segmenter.has(newest)
    assert segmenter.segment(newest) is not None
    assert segmenter.state().hint_uri == f"part-{newest + 1}-0.m4s"
    segmenter.flush()
    assert segmenter.state().segments == segments


def test_a_source_goes_on_where_all_of_it_was_published() -> None:
    ring = Ring(10**12, 1 << 30)
    segmenter = Segmenter(ring)
    for packet in both(4.4):
        ring.append(packet, BOTH)
        segmenter.advance()
        if packet.track == "video" and packet.dts_us == video(65).dts_us:
            segmenter.flush()
    segmenter.flush()
    state = segmenter.state()
    assert sum(segment.duration_us or 0 for segment in state.segments) == video(110).dts_us - START
    starts = [segment.start_us for segment in state.segments]
    assert starts == [video(number).dts_us for number in (0, 25, 50, 66, 100)]
    assert not any(segment.discontinuity for segment in state.segments)
