"""H.264 that phones cannot play is transcoded by pulls and WHIP, and refused by RTMP."""

from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media_server.ingest.finished import ring_of
from media_server.ingest.rtmp.tags import CodecRefusedError, VideoTags
from media_server.ingest.video import video_track
from media_server.media.h264 import join_avcc, parse_avcc, split_annexb
from media_server.media.packet import VideoParams
from media_server.media.sps import parse_sps

_KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "4:2:2": ("yuv422p", {}),
    "4:4:4": ("yuv444p", {}),
    "10-bit": ("yuv420p10le", {}),
    "lossless": ("yuv420p", {"qp": "0"}),
}


def write(path: Path, pixels: str = "yuv420p", **options: str) -> Path:
    """Write five frames; MPEG-TS has the header in band."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0", **options})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, pixels
        for number in range(5):
            frame = VideoFrame(160, 96, pixels)
            frame.pts = number
            for plane in frame.planes:  # x264 aborts at samples of more than 10 bits
                plane.update(bytes(plane.buffer_size))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(params=_KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    return _KINDS[request.param]


@pytest.fixture
def film(tmp_path: Path, kind: tuple[str, dict[str, str]]) -> Path:
    return write(tmp_path / "film.mp4", kind[0], **kind[1])


def check_usual(params: VideoParams | None) -> None:
    assert params is not None
    found = parse_sps(parse_avcc(params.extradata)[1][0])
    assert (found.profile, found.chroma_format, found.bit_depth) == (100, 1, 8)


def test_pulled_it_becomes_h264_of_the_usual_kind(film: Path) -> None:
    header = ring_of(film).header
    assert header is not None
    check_usual(header.video)


def test_a_source_that_changes_to_it_is_transcoded_from_there(
    tmp_path: Path, kind: tuple[str, dict[str, str]]
) -> None:
    usual, foreign = write(tmp_path / "a.ts"), write(tmp_path / "b.ts", kind[0], **kind[1])
    both = tmp_path / "both.ts"
    both.write_bytes(usual.read_bytes() + foreign.read_bytes())
    with av.open(str(both)) as container:
        stream = container.streams.video[0]
        track, units, params = video_track(stream), 0, list[VideoParams | None]()
        for packet in container.demux(stream):
            if packet.size:
                units += len([*track.feed(packet)])
                params.append(track.params)
    assert units == 10
    assert params[0] is params[4] is not params[5]
    check_usual(params[-1])


def test_published_by_rtmp_it_is_refused_in_words(film: Path) -> None:
    with av.open(str(film)) as container:
        declared = container.streams.video[0].codec_context.extradata or b""
    with pytest.raises(CodecRefusedError, match=r"Set the encoder to 8-bit 4:2:0"):
        VideoTags().take(bytearray(b"\x17\0\0\0\0" + declared), 0)


def test_a_publisher_by_rtmp_that_changes_to_it_is_refused_in_words(
    tmp_path: Path, kind: tuple[str, dict[str, str]]
) -> None:
    with av.open(str(write(tmp_path / "a.mp4"))) as container:
        declared = container.streams.video[0].codec_context.extradata or b""
    with av.open(str(write(tmp_path / "b.ts", kind[0], **kind[1]))) as container:
        units = split_annexb(bytes(next(container.demux(video=0))))
    tags = VideoTags()
    tags.take(bytearray(b"\x17\0\0\0\0" + declared), 0)
    with pytest.raises(CodecRefusedError, match=r"Set the encoder to 8-bit 4:2:0"):
        tags.take(bytearray(b"\x17\1\0\0\0" + join_avcc(units)), 0)
