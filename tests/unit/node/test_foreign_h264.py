"""H.264 that phones cannot play is transcoded by pulls and refused by RTMP."""

from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media_server.ingest.finished import ring_of
from media_server.ingest.rtmp.tags import CodecRefusedError, VideoTags
from media_server.media.h264 import parse_avcc
from media_server.media.sps import parse_sps

_KINDS = {
    "4:2:2": ("yuv422p", {}),
    "4:4:4": ("yuv444p", {}),
    "10-bit": ("yuv420p10le", {}),
    "lossless": ("yuv420p", {"qp": "0"}),
}


@pytest.fixture(params=_KINDS)
def film(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    pixels, options = _KINDS[request.param]
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, pixels
        for number in range(5):
            frame = VideoFrame(160, 96, pixels)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_pulled_it_becomes_h264_of_the_usual_kind(film: Path) -> None:
    header = ring_of(film).header
    assert header is not None
    assert header.video is not None
    found = parse_sps(parse_avcc(header.video.extradata)[1][0])
    assert (found.profile, found.chroma_format, found.bit_depth) == (100, 1, 8)


def test_published_by_rtmp_it_is_refused_in_words(film: Path) -> None:
    with av.open(str(film)) as container:
        declared = container.streams.video[0].codec_context.extradata or b""
    with pytest.raises(CodecRefusedError, match=r"Set the encoder to 8-bit 4:2:0"):
        VideoTags().take(bytearray(b"\x17\0\0\0\0" + declared), 0)
