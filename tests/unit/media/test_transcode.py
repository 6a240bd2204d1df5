"""Transcoded video looks like the source: pixel aspect, colours, whole pictures, upright."""

import io
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image

from media_server.media.h264 import Converter, parse_avcc
from media_server.media.selection import FrameBytes
from media_server.media.sps import parse_sps
from media_server.media.still import decode, to_rgb
from media_server.media.transcode import TranscodedVideo
from tests.support.films import comb, combed

_RATE = Fraction(1, 25)
_RED = (200, 40, 30)
_BT601, _BT709, _TV, _PC = 5, 1, 1, 2


def context(codec: str, mode: str) -> VideoCodecContext:
    made = av.CodecContext.create(codec, mode)  # type: ignore[call-overload]
    assert isinstance(made, VideoCodecContext)
    return made


def transcoded(
    frames: list[VideoFrame],
    codec: str = "libx264",
    *,
    setup: Callable[[VideoCodecContext], None] = lambda _: None,
    **options: str,
) -> list[FrameBytes]:
    """Encode frames as a source would, transcode them, and return each as a snapshot's input."""
    encoder = context(codec, "w")
    encoder.width, encoder.height = frames[0].width, frames[0].height
    encoder.pix_fmt, encoder.time_base = frames[0].format.name, _RATE
    encoder.options = {"tune": "zerolatency"} if codec == "libx264" else options
    setup(encoder)
    packets = []
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, _RATE
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = context("h264" if codec == "libx264" else codec, "r")
    decoder.extradata = encoder.extradata
    video = TranscodedVideo(decoder, _RATE)
    units = [unit for packet in packets for unit in video.feed(packet)]
    assert video.params is not None
    extradata, datas, times = video.params.extradata, [], []
    shots = []
    for unit in units:
        datas.append(bytes(unit.data))
        times.append(unit.pts or 0)
        shots.append(
            FrameBytes(extradata, b"".join(datas), (*map(len, datas),), (*times,), times[-1])
        )
    return shots


def plain(width: int, height: int, matrix: int, span: int, pixels: str = "yuv420p") -> VideoFrame:
    rgb = VideoFrame.from_ndarray(np.full((height, width, 3), _RED, np.uint8), "rgb24")
    return rgb.reformat(format=pixels, dst_colorspace=matrix, dst_color_range=span)


def shown(shot: FrameBytes) -> tuple[int, ...]:
    pixels = to_rgb(decode(shot))
    return tuple(pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist())


def tagged(matrix: int, span: int) -> Callable[[VideoCodecContext], None]:
    def setup(encoder: VideoCodecContext) -> None:
        encoder.colorspace, encoder.color_range = matrix, span

    return setup


@pytest.mark.parametrize(
    ("height", "matrix", "span", "setup"),
    [
        (180, _BT709, _TV, tagged(1, 1)),
        (180, _BT709, _PC, tagged(1, 2)),
        (180, _BT601, _TV, tagged(6, 1)),
        (720, _BT601, _TV, tagged(6, 1)),
        (720, _BT709, _TV, lambda _: None),
        (576, _BT601, _TV, lambda _: None),
    ],
    ids=["709", "709-full", "601", "601-hd", "untagged-hd", "untagged-sd"],
)
def test_colours_stay(
    height: int, matrix: int, span: int, setup: Callable[[VideoCodecContext], None]
) -> None:
    [shot] = transcoded([plain(height * 16 // 9, height, matrix, span)], setup=setup)
    assert shown(shot) == pytest.approx(_RED, abs=4)
    found = parse_sps(parse_avcc(shot.extradata)[1][0])
    assert found.matrix != 2  # every viewer reads it alike
    assert found.level <= 32  # 4.2 is for 1080p at 60 frames per second


@pytest.mark.parametrize("height", [180, 720])
def test_colours_of_jpeg_images_stay(height: int) -> None:
    frame = plain(height * 16 // 9, height, _BT601, _PC, "yuvj420p")
    [shot] = transcoded([frame], "mjpeg", qmin="1", qmax="2")
    assert shown(shot) == pytest.approx(_RED, abs=5)


def test_colours_of_rgb_stay() -> None:
    frame = VideoFrame.from_ndarray(np.full((720, 64, 3), _RED, np.uint8), "rgb24")
    [shot] = transcoded([frame], "png")
    assert shown(shot) == pytest.approx(_RED, abs=4)


@pytest.mark.parametrize(("height", "matrix"), [(720, _BT709), (576, _BT601)])
def test_a_snapshot_reads_untagged_video_as_browsers_do(height: int, matrix: int) -> None:
    frame = plain(1024, height, matrix, _TV)
    frame.colorspace = frame.color_primaries = frame.color_trc = 2
    assert to_rgb(frame)[0, 0].tolist() == pytest.approx(_RED, abs=4)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("L", (8192, 4400), 90).save(out, "JPEG")
    huge = av.Packet(out.getvalue())
    huge.pts, huge.time_base = 0, _RATE
    with pytest.raises(av.FFmpegError):
        [*TranscodedVideo(context("mjpeg", "r"), _RATE).feed(huge)]


def test_pixels_keep_their_shape() -> None:
    def anamorphic(encoder: VideoCodecContext) -> None:
        encoder.sample_aspect_ratio = Fraction(64, 45)

    frame = plain(720, 576, _BT601, _TV)
    [shot] = transcoded([frame], "mpeg4", setup=anamorphic)
    assert parse_sps(parse_avcc(shot.extradata)[1][0]).sar == (64, 45)


def test_fields_become_whole_pictures() -> None:
    def interlaced(encoder: VideoCodecContext) -> None:
        encoder.flags |= 1 << 18 | 1 << 29  # interlaced DCT and motion

    frames = [combed(number) for number in range(5)]
    shots = transcoded(frames, "mpeg2video", setup=interlaced, field_order="tt", qmin="1", qmax="2")
    assert len(shots) == 3  # the decoder and the filter hold one each
    assert max(comb(to_rgb(decode(shot))[..., 1]) for shot in shots) < 0.2


@pytest.mark.parametrize("number", [0, 4], ids=["keyframe", "later"])
def test_a_still_of_interlaced_h264_is_a_whole_picture(number: int) -> None:
    encoder = context("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 720, 576, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"crf": "4", "x264-params": "interlaced=1:tff=1:bframes=0"}
    packets: list[bytes] = []
    for index in range(6):
        frame = combed(index)
        frame.pts = index
        packets += map(bytes, encoder.encode(frame))
    packets += map(bytes, encoder.encode(None))
    converter = Converter(encoder.extradata)
    data = [converter.convert(packet)[0] for packet in packets[: number + 1]]
    shot = FrameBytes(
        converter.params.extradata if converter.params else b"",
        b"".join(data),
        tuple(map(len, data)),
        tuple(range(number + 1)),
        number,
    )
    assert comb(to_rgb(decode(shot))[..., 1]) < 0.2
    luma = decode(shot).to_ndarray(format="gray")[120:380].astype(int)
    lower = combed(number).to_ndarray(format="gray")[121:380:2].repeat(2, 0)
    assert np.abs(luma - lower.astype(int)).mean() < 1  # libav marks the lower field as the first
