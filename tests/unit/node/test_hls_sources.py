"""HLS sources: which variant is pulled, and in which order its packets come."""

from collections.abc import Iterator
from fractions import Fraction

import av
import pytest

from media_server.ingest.hls import choose
from media_server.ingest.interleave import Interleaved
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import AnyTrack, AvPacket, TrackPacket, Unit

_BASE = "https://host/live/master.m3u8?t=1"
_H264 = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, plain",LANGUAGE="en",URI="en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",DEFAULT=YES,URI="/de.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="S",DEFAULT=YES,URI="s.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"
low.m3u8

#EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,CODECS="avc1.640028,mp4a.40.2",AUDIO="a"
#EXT-X-SOMETHING
high.m3u8?q="x"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9000000,RESOLUTION=3840x2160,URI="iframes.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=90000,CODECS="mp4a.40.2"
sound.m3u8
"""
_HEVC = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,FRAME-RATE=30,CODECS="hvc1.1.6.L93"
720.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=3840x2160,FRAME-RATE=60,CODECS="hvc1.1.6.L93"
2160.m3u8
"""


def test_the_best_variant_and_its_usual_sound_are_chosen() -> None:
    chosen = choose(_H264, _BASE)
    assert chosen == ('https://host/live/high.m3u8?q="x"', "https://host/de.m3u8")


@pytest.mark.parametrize(
    ("more", "cores", "best"),
    [
        ("", 1, "720.m3u8"),
        ("", 64, "2160.m3u8"),
        (
            '#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,CODECS="avc1.42001e"\nh.m3u8',
            2,
            "h.m3u8",
        ),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1920x1080\nunknown.m3u8", 2, "unknown.m3u8"),
    ],
)
def test_what_must_be_transcoded_is_no_larger_than_the_machine_carries(
    more: str, cores: int, best: str
) -> None:
    assert choose(_HEVC + more, _BASE, cores) == (f"https://host/live/{best}", None)


def test_where_nothing_can_be_carried_the_smallest_is_tried() -> None:
    text = _HEVC.replace("1280x720", "2560x1440")
    assert choose(text, _BASE, 1) == ("https://host/live/720.m3u8", None)


def test_a_media_playlist_offers_no_choice() -> None:
    assert choose("#EXTM3U\n#EXTINF:2,\na.ts\n", _BASE) is None
    with pytest.raises(SourceError, match="no variant"):
        choose("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", _BASE)


class _Track:
    """A track that is only named."""

    params = None

    def __init__(self, name: str) -> None:
        self.name = name

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        yield from ()


_VIDEO, _AUDIO = _Track("v"), _Track("a")


def _packets(track: AnyTrack, times: list[float]) -> list[TrackPacket]:
    made = []
    for time in times:
        packet: AvPacket = av.Packet(b"x")
        packet.time_base = Fraction(1, 1000)
        packet.dts = packet.pts = round(time * 1000)
        packet.duration = 500
        made.append(TrackPacket(track, packet))
    return made


def _steps(start: float, count: int) -> list[float]:
    return [start + number / 2 for number in range(count)]


def _order(found: Iterator[TrackPacket]) -> str:
    return " ".join(f"{each.track.name}{(each.packet.dts or 0) / 1000:g}" for each in found)  # type: ignore[union-attr]


def test_tracks_of_one_file_that_come_one_after_the_other_are_interleaved() -> None:
    both = [
        *_packets(_VIDEO, _steps(100, 4)),
        *_packets(_AUDIO, _steps(100, 4)),
        *_packets(_VIDEO, _steps(102, 2)),
        *_packets(_AUDIO, _steps(102, 2)),
    ]
    order = _order(iter(Interleaved([iter(both)], [[_VIDEO, _AUDIO]])))
    assert order == ("v100 a100 v100.5 a100.5 v101 a101 v101.5 a101.5 v102 a102 v102.5 a102.5")


def test_separate_playlists_stay_together_over_a_discontinuity() -> None:
    video = _packets(_VIDEO, [*_steps(100, 4), *_steps(0, 4)])
    sound = _packets(_AUDIO, [*_steps(100, 3), *_steps(0, 5)])  # a segment ends earlier
    order = _order(iter(Interleaved([iter(video), iter(sound)], [[_VIDEO], [_AUDIO]])))
    assert order == ("v100 a100 v100.5 a100.5 v101 a101 v101.5 a0 v0 a0.5 v0.5 a1 v1 a1.5 v1.5 a2")


def test_a_track_that_is_announced_and_never_comes_holds_nothing_up_for_long() -> None:
    taken: list[float] = []

    def source() -> Iterator[TrackPacket]:
        for each in _packets(_VIDEO, _steps(0, 100)):
            taken.append((each.packet.dts or 0) / 1000)
            yield each

    found = iter(Interleaved([source()], [[_VIDEO, _AUDIO]]))
    assert next(found).track is _VIDEO
    assert taken[-1] == 15.5
    assert len([*found]) == 99
