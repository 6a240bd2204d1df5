"""Playlists as exact text, and parsed back by a library."""

import m3u8
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.media.playlist import (
    MediaState,
    PartLine,
    SegmentLine,
    Variant,
    media_playlist,
    multivariant_playlist,
)

START = 1_790_000_000_123_457


def segment(number: int, *, parts: int = 2, open_: bool = False, **over: object) -> SegmentLine:
    lines = [PartLine(f"part-{number}-{k}.m4s", 500_000, k == 0) for k in range(parts)]
    values: dict[str, object] = {
        "number": number,
        "uri": f"seg-{number}.m4s",
        "map_uri": "init-0.mp4",
        "start_us": START + number * 1_000_000,
        "discontinuity": False,
        "parts": lines,
        "duration_us": None if open_ else 1_000_000,
        **over,
    }
    return SegmentLine(**values)  # type: ignore[arg-type]


def state(segments: list[SegmentLine], *, target_s: int = 1) -> MediaState:
    return MediaState(target_s, 550_000, 0, segments, "part-9-9.m4s")


def test_a_playlist_word_for_word() -> None:
    lines = [
        segment(7),
        segment(8, discontinuity=True, map_uri="init-1.mp4"),
        segment(9, parts=1, open_=True),
    ]
    assert media_playlist(state(lines)) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:9\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,PART-HOLD-BACK=1.650\n"
        "#EXT-X-PART-INF:PART-TARGET=0.550\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init-0.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:27.123457Z\n"
        '#EXT-X-PART:DURATION=0.500000,URI="part-7-0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.500000,URI="part-7-1.m4s"\n'
        "#EXTINF:1.000000,\n"
        "seg-7.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="init-1.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:28.123457Z\n"
        '#EXT-X-PART:DURATION=0.500000,URI="part-8-0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.500000,URI="part-8-1.m4s"\n'
        "#EXTINF:1.000000,\n"
        "seg-8.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:29.123457Z\n"
        '#EXT-X-PART:DURATION=0.500000,URI="part-9-0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-9-9.m4s"\n'
    )


def test_a_playlist_that_has_ended_is_of_whole_segments() -> None:
    ended = MediaState(1, 550_000, 0, [segment(n) for n in range(9)], None, ended=True)
    text = media_playlist(ended, skip=True)
    assert text.endswith("#EXTINF:1.000000,\nseg-8.m4s\n#EXT-X-ENDLIST\n")
    assert text.count("#EXTINF") == 9
    assert all(tag not in text for tag in ("EXT-X-PART", "SERVER-CONTROL", "PRELOAD", "SKIP"))


def test_parts_are_named_for_three_target_durations_only() -> None:
    text = media_playlist(state([segment(n) for n in range(20)]))
    named = {
        line.split("part-")[1].split("-")[0] for line in text.splitlines() if "X-PART:" in line
    }
    assert named == {"17", "18", "19"}


def test_a_delta_update_skips_what_lies_before_the_boundary() -> None:
    lines = [segment(n) for n in range(20)]
    text = media_playlist(state(lines), skip=True)
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=14\n" in text
    assert "seg-13.m4s" not in text
    assert "seg-14.m4s" in text
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in text
    assert "EXT-X-MAP" not in text
    assert "SKIP:" not in media_playlist(state(lines[:5]), skip=True)


def test_a_segment_that_starts_without_a_keyframe_unclaims_independence() -> None:
    lines = [segment(1), segment(2, parts=0)]
    lines[1].parts = [PartLine("part-2-0.m4s", 500_000, independent=False)]
    assert "INDEPENDENT-SEGMENTS" not in media_playlist(state(lines))


def test_the_multivariant_playlist_word_for_word() -> None:
    variant = Variant("media.m3u8", 3_000_000, 2_500_000, "avc1.64001f,mp4a.40.2", 1280, 720, 29.97)
    assert multivariant_playlist(variant) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:9\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,"
        'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970\n'
        "media.m3u8\n"
    )
    sound = multivariant_playlist(Variant("media.m3u8", 0, 0, "opus"))
    assert "RESOLUTION" not in sound
    assert "BANDWIDTH=1," in sound


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(200_000, 9_000_000), st.integers(1, 5), st.booleans()),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 10**6),
)
def test_a_library_reads_back_what_was_meant(
    shapes: list[tuple[int, int, bool]], first: int
) -> None:
    lines = []
    for index, (duration, parts, breaks) in enumerate(shapes):
        each = [PartLine(f"part-{index}-{k}.m4s", duration // parts, k == 0) for k in range(parts)]
        lines.append(segment(first + index, duration_us=duration, discontinuity=breaks, parts=0))
        lines[-1].parts = each
    read = m3u8.loads(media_playlist(state(lines, target_s=9)))
    assert read.media_sequence == first
    assert [s.uri for s in read.segments if s.uri] == [line.uri for line in lines]
    got = [round(s.duration * 1_000_000) for s in read.segments if s.uri]
    assert got == [line.duration_us for line in lines]
    flags = [bool(s.discontinuity) for s in read.segments if s.uri]
    assert flags == [line.discontinuity and n > 0 for n, line in enumerate(lines)]
    times = [s.program_date_time for s in read.segments if s.uri]
    assert [t.microsecond for t in times] == [line.start_us % 1_000_000 for line in lines]
