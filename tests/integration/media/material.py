"""Real encoded media for tests: read from files, or generated with PyAV."""

import hashlib
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from media_server.media.h264 import Converter
from media_server.media.packet import AudioParams, Header, Packet, VideoParams
from media_server.media.ring import Ring

SHARED = Path(__file__).resolve().parents[4] / "shared" / "media"
BASE_US = 1_790_000_000_123_457  # a start that is no whole anything
Frames = dict[int, str]  # pts in microseconds -> hash of the decoded picture


@dataclass
class Material:
    """A source's packets in the order they would arrive, and what they decode to."""

    header: Header
    packets: list[Packet] = field(default_factory=list)
    frames: Frames = field(default_factory=dict)

    def ring(self, *, copies: int = 1, buffer_us: int = 10**12) -> Ring:
        ring = Ring(buffer_us, 10**10)
        for packet in self.packets * copies:
            ring.append(packet, self.header)
        return ring

    @property
    def shown(self) -> list[int]:
        """The frames' pts in the order they are shown."""
        return sorted(self.frames)


def to_us(ticks: int, base: Fraction) -> int:
    return round(ticks * base * 1_000_000)


def read(path: Path, *, base_us: int = BASE_US, decode: bool = True) -> Material:
    """Read a file's packets as an ingest would hand them on, and hash its frames."""
    with av.open(str(path)) as container:
        header, converter = header_of(container)
        material = Material(header)
        for packet in container.demux():
            if packet.size == 0 or packet.pts is None or packet.dts is None:
                continue
            material.packets.append(packet_of(packet, converter, base_us))
    material.packets.sort(key=lambda packet: packet.dts_us)
    if decode and header.video:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                assert frame.pts is not None
                assert frame.time_base is not None
                pts = base_us + to_us(frame.pts, frame.time_base)
                material.frames[pts] = picture_hash(frame)
    return material


def header_of(container: Any) -> tuple[Header, Converter | None]:  # noqa: ANN401 (PyAV leaves its streams' types open)
    video: VideoParams | None = None
    audio: AudioParams | None = None
    converter = None
    if container.streams.video:
        stream = container.streams.video[0]
        fps = float(stream.average_rate or 0)
        converter = Converter(stream.codec_context.extradata, fps=fps)
        video = converter.params
    if container.streams.audio:
        stream = container.streams.audio[0]
        context = stream.codec_context
        codec: Literal["aac", "opus"] = "aac" if context.name == "aac" else "opus"
        audio = AudioParams(
            codec, bytes(context.extradata), context.sample_rate, len(context.layout.channels)
        )
    return Header(video, audio), converter


def packet_of(packet: Any, converter: Converter | None, base_us: int) -> Packet:  # noqa: ANN401 (PyAV leaves its streams' types open)
    base = packet.time_base
    data, is_key = bytes(packet), True
    if packet.stream.type == "video":
        assert converter is not None
        data, is_key = converter.convert(data)
    return Packet(
        packet.stream.type,
        base_us + to_us(packet.pts, base),
        base_us + to_us(packet.dts, base),
        to_us(packet.duration, base),
        is_key,
        data,
    )


def picture_hash(frame: Any) -> str:  # noqa: ANN401 (PyAV leaves its streams' types open)
    return hashlib.md5(frame.to_ndarray(format="yuv420p").tobytes()).hexdigest()


@dataclass
class Look:
    """How made material looks and sounds."""

    seconds: float = 6
    fps: Fraction = Fraction(30)
    size: tuple[int, int] = (320, 180)
    gop: int = 60
    b_frames: int = 0
    options: dict[str, str] = field(default_factory=dict)
    audio: str | None = "aac"
    rate: int = 48_000
    video: bool = True
    bit_rate: int = 400_000


def make(path: Path, look: Look) -> Path:
    """Encode moving noise with a flash and a beep every second."""
    with av.open(str(path), "w") as container:
        video = _video_stream(container, look) if look.video else None
        audio: Any = None
        if look.audio:
            name = "libopus" if look.audio == "opus" else "aac"
            audio = container.add_stream(name, rate=look.rate, layout="stereo")
        if video is not None:
            _encode_video(container, video, look)
        if audio is not None:
            _encode_audio(container, audio, look)
    return path


def _video_stream(container: Any, look: Look) -> Any:  # noqa: ANN401 (PyAV leaves its streams' types open)
    stream = container.add_stream("libx264", rate=look.fps)
    stream.width, stream.height = look.size
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = look.bit_rate
    stream.gop_size = look.gop
    stream.options = {
        "preset": "veryfast",
        "x264-params": f"bframes={look.b_frames}:keyint={look.gop}:min-keyint={look.gop}"
        f":scenecut=0:threads=1:{look.options.get('x264', 'b-adapt=0')}",
    }
    return stream


def _encode_video(container: Any, stream: Any, look: Look) -> None:  # noqa: ANN401 (PyAV leaves its streams' types open)
    width, height = look.size
    noise = np.random.default_rng(7).integers(0, 60, (height, width + 512), np.uint8)
    for number in range(round(look.seconds * look.fps)):
        at = (number * 3) % 512
        luma = noise[:, at : at + width] + 16
        luma = np.ascontiguousarray(luma)
        if number % round(look.fps) == 0:
            luma[:] = 230  # the flash
        planes = np.vstack([luma, np.full((height // 2, width), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, 1 / look.fps
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def sound(look: Look) -> np.ndarray[Any, Any]:
    """A beep of 100 ms on each second, silence between."""
    time = np.arange(int(look.seconds * look.rate)) / look.rate
    tone = np.sin(2 * np.pi * 1000 * time) * 0.5 * ((time % 1) < 0.1)
    return np.stack([tone, tone]).astype(np.float32)


def _encode_audio(container: Any, stream: Any, look: Look) -> None:  # noqa: ANN401 (PyAV leaves its streams' types open)
    samples = sound(look)
    size = 1024 if look.audio == "aac" else 960
    for at in range(0, samples.shape[1] - size + 1, size):
        block = np.ascontiguousarray(samples[:, at : at + size])
        if look.audio == "opus":
            block = block.T.reshape(1, -1).copy()
        form = "fltp" if look.audio == "aac" else "flt"
        frame = av.AudioFrame.from_ndarray(block, format=form, layout="stereo")
        frame.sample_rate, frame.pts = look.rate, at
        frame.time_base = Fraction(1, look.rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@dataclass(frozen=True)
class Decoded:
    """What ffmpeg makes of a file."""

    hashes: list[str]
    times: list[float]


def ffmpeg_frames(path: Path, ffmpeg: str) -> Decoded:
    """Decode a file's pictures with the ffmpeg command, which must have nothing to say."""
    done = subprocess.run(
        [ffmpeg, "-v", "warning", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough",
         "-pix_fmt", "yuv420p", "-f", "framemd5", "-"],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr.decode() == ""
    rows = [line.split(",") for line in done.stdout.decode().splitlines() if line[0] != "#"]
    base = next(
        line.split()[-1] for line in done.stdout.decode().splitlines() if line.startswith("#tb")
    )
    return Decoded(
        [row[5].strip() for row in rows], [float(Fraction(base) * int(row[2])) for row in rows]
    )


def pyav_frames(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [picture_hash(frame) for frame in container.decode(video=0)]


def ffmpeg_sound(path: Path, ffmpeg: str, rate: int) -> np.ndarray[Any, Any]:
    """Decode a file's sound from its beginning (holes filled), one channel."""
    done = subprocess.run(
        [ffmpeg, "-v", "warning", "-i", str(path), "-map", "0:a:0", "-af",
         "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr.decode() == ""
    return np.frombuffer(done.stdout, np.float32)
