"""Chromium's fake camera in tests: a film of numbered frames."""

from fractions import Fraction
from pathlib import Path

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from media_server.ingest.demo_picture import HEIGHT, WIDTH, DemoPicture

FRAMES = 600  # twenty seconds at the 30 frames a second that Chromium reads; then it loops
_SIZE = (640, 360)


def make_film(path: Path) -> None:
    """Write Motion JPEG, as `--use-file-for-fake-video-capture` reads it."""
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = _SIZE
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 30)
    encoder.qmin = encoder.qmax = 4
    picture, scaler = DemoPicture(), VideoReformatter()
    with path.open("wb") as file:
        for number in range(FRAMES):
            frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, painted in zip(frame.planes, picture.paint(number), strict=True):
                plane.update(painted.tobytes())
            for packet in encoder.encode(scaler.reformat(frame, *_SIZE, format="yuvj420p")):
                file.write(bytes(packet))


def is_between(number: int, first: int, last: int) -> bool:
    """Return whether a frame is between two others less than half a film apart."""
    return (number - first) % FRAMES <= (last - first) % FRAMES < FRAMES // 2
