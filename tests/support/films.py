"""Small films in any codec."""

from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

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
