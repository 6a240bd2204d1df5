"""Small films in any codec."""

from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

FRAMES: Final = 30
_RATE: Final = 25


def write_film(path: Path, codec: str, *, is_live: bool = False) -> None:
    """Write 30 frames at 25 frames a second: the first half is blue, the second one red."""
    options = {"live": "1"} if is_live else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=_RATE, options={"x265-params": "log-level=none"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(FRAMES):
            colour = (200, 0, 0) if number >= FRAMES // 2 else (0, 0, 200)
            frame = VideoFrame.from_ndarray(np.full((180, 320, 3), colour, np.uint8), "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
