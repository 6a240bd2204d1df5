"""Scripted packets, for tests that decode nothing."""

from collections.abc import Iterator

from media_server.media.h264 import build_avcc
from media_server.media.packet import AudioParams, Header, Packet, VideoParams
from media_server.media.ring import Ring

# A real High profile SPS and PPS: 1280x720, one reference frame.
SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030320f1831960")
PPS = bytes.fromhex("68ebecb22c")
VIDEO = VideoParams("h264", build_avcc([SPS], [PPS]), 1280, 720, 25.0)
OTHER_VIDEO = VideoParams("h264", build_avcc([SPS], [PPS]), 640, 360, 25.0)
AUDIO = AudioParams("aac", bytes.fromhex("1190"), 48_000, 2)
BOTH = Header(VIDEO, AUDIO)
FRAME_US = 40_000
START = 1_790_000_000_000_000


def video(
    number: int, *, gop: int = 25, start: int = START, size: int = 100, reorder: int = 0
) -> Packet:
    """Frame `number` of 25 a second in decode order, shown when it is decoded."""
    at = start + number * FRAME_US
    data = number.to_bytes(4, "big") + bytes(size - 4)
    return Packet("video", at + reorder * FRAME_US, at, FRAME_US, number % gop == 0, data)


def audio(number: int, *, start: int = START) -> Packet:
    at = start + number * 64_000 // 3
    return Packet("audio", at, at, 21_333, is_key=True, data=b"a" * 10 + number.to_bytes(4, "big"))


def both(seconds: float, *, start: int = START, gop: int = 25) -> Iterator[Packet]:
    """Video and audio in the order of their times."""
    frames = [video(n, start=start, gop=gop) for n in range(round(seconds * 25))]
    sounds = [audio(n, start=start) for n in range(round(seconds * 46.875))]
    yield from sorted([*frames, *sounds], key=lambda packet: packet.dts_us)


def filled(seconds: float, *, buffer_s: float = 1000, gop: int = 25) -> Ring:
    ring = Ring(round(buffer_s * 1_000_000), 1 << 30)
    for packet in both(seconds, gop=gop):
        ring.append(packet, BOTH)
    return ring
