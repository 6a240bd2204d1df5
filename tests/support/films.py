"""Small films in any codec."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

FRAMES: Final = 30
_RATE: Final = 25


def write_film(
    path: Path, codec: str, *, is_live: bool = False, last_at_s: int | None = None
) -> None:
    """Write 30 frames at 25 frames a second: the first half is blue, the second one red.

    `last_at_s` is when the last frame is shown, if that is later.
    """
    options = {"live": "1"} if is_live else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=_RATE, options={"x265-params": "log-level=none"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(FRAMES):
            colour = (200, 0, 0) if number >= FRAMES // 2 else (0, 0, 200)
            frame = VideoFrame.from_ndarray(np.full((180, 320, 3), colour, np.uint8), "rgb24")
            is_last = number == FRAMES - 1
            frame.pts = last_at_s * _RATE if last_at_s is not None and is_last else number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_talk(path: Path, *, seconds: int = 4, with_audio: bool = True) -> None:
    """Write a small mp4 with B-frames, a long GOP and a tone, one colour for each second."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=_RATE, options={"bf": "3", "g": "250"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono") if with_audio else None
        for number in range(seconds * _RATE):
            shade = 40 * (number // _RATE) % 256
            frame = VideoFrame.from_ndarray(np.full((180, 320, 3), shade, np.uint8), "rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            _write_tone(container, audio, seconds)


def _write_tone(container: OutputContainer, audio: AudioStream, seconds: int) -> None:
    wave = np.sin(np.arange(seconds * 16_000) * 0.2).astype(np.float32)
    for start in range(0, len(wave), 1024):
        frame = AudioFrame.from_ndarray(wave[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts = 16_000, start
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))


def write_segments(folder: Path) -> None:
    """Write the same as HLS: `media.m3u8` and its segments."""
    folder.mkdir()
    write_talk(folder / "whole.mp4")
    options = {"hls_time": "1", "hls_playlist_type": "vod"}
    target = str(folder / "media.m3u8")
    with av.open(str(folder / "whole.mp4")) as source, av.open(target, "w", options=options) as out:
        made = {stream: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = made[packet.stream]
                out.mux(packet)


def write_held_sideways(path: Path, codec: str) -> None:
    """Write a film whose left half is white, and which its player shall turn by a quarter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.set_display_rotation(90)
        picture = np.zeros((96, 160, 3), np.uint8)
        picture[:, :80] = 255
        for number in range(25):
            frame = VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def combed(number: int) -> VideoFrame:
    """Return a frame of two fields: the square has moved between them."""
    luma = np.full((576, 720), 60, np.uint8)
    for field in range(2):
        left = 100 + 40 * number + 20 * field
        luma[100 + field : 400 : 2, left : left + 100] = 200
    planes: NDArray[np.uint8] = np.concatenate([luma, np.full((288, 720), 128, np.uint8)])
    return VideoFrame.from_ndarray(planes, "yuv420p")


def comb(luma: "NDArray[np.uint8]") -> float:
    """Return how much neighbouring rows of a combed frame differ more than rows of one field."""
    rows = luma[120:380].astype(int)
    return float(np.abs(rows[1:-1] - rows[2:]).mean() - np.abs(rows[:-2] - rows[2:]).mean())


def write_fields(path: Path) -> None:
    """Write a film that was recorded in fields."""
    with av.open(str(path), "w") as container:
        options = {"crf": "4", "x264-params": "interlaced=1:tff=1"}
        stream = container.add_stream("libx264", rate=_RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        for number in range(10):
            frame = combed(number)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_packed(path: Path) -> None:
    """Write an AVI file as DivX did: a B-frame in the packet of the frame that it needs.

    Each of the 20 frames is lighter than the one before it by 10.
    """
    encoder = av.CodecContext.create("mpeg4", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base, encoder.max_b_frames = Fraction(1, _RATE), 1
    packets: list[bytes] = []
    last = -1
    for number in [*range(20), None]:
        frame = None
        if number is not None:
            frame = VideoFrame.from_ndarray(np.full((180, 320, 3), number * 10, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, encoder.time_base
        for packet in encoder.encode(frame):
            assert packet.pts is not None
            if packet.pts < last:
                packets[-1] += bytes(packet)
                packets.append(b"\0\0\1\xb6\x50\x4f")  # "not coded", in its place
            else:
                packets.append(bytes(packet))
            last = max(last, packet.pts)
    packets[0] = re.sub(rb"Lavc[\d.]+", b"DivX503b1393p", packets[0])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=_RATE)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number, data in enumerate(packets):
            made = av.Packet(data)
            made.pts = made.dts = number
            made.time_base, made.stream, made.is_keyframe = encoder.time_base, stream, number == 0
            container.mux(made)
