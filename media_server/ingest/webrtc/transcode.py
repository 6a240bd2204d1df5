"""A publisher's VP8, VP9 or AV1 becomes H.264, in a thread of its own."""

import os
import queue
import sys
import threading
from collections.abc import Callable
from fractions import Fraction

import av

from domain.core.log import get_logger
from media_server.ingest.unit import Unit
from media_server.ingest.video import TranscodedVideo
from media_server.media.packet import VideoParams

_DECODERS = {"vp8": "vp8", "vp9": "vp9", "av1": "libdav1d"}
_US = Fraction(1, 1_000_000)
_MOST_WAITING = 60  # frames; a machine that is too slow drops to the next keyframe
_NICE = 5

log = get_logger(__name__)

OnUnit = Callable[[Unit, VideoParams], None]


class Transcoder:
    """Takes encoded frames on the event loop; gives H.264 in its thread.

    Args:
        codec: `vp8`, `vp9` or `av1`.
        on_unit: Called in the thread with what came out.
        on_damage: Called in the thread when a frame could not be decoded.
    """

    def __init__(self, codec: str, on_unit: OnUnit, on_damage: Callable[[], None]) -> None:
        decoder = av.CodecContext.create(_DECODERS[codec], "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 (by the table above)
        self._line = TranscodedVideo(decoder, _US)
        self._on_unit = on_unit
        self._on_damage = on_damage
        self._frames: queue.Queue[tuple[int, bytes] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name=f"transcode-{codec}", daemon=True)
        self._thread.start()

    def feed(self, time_us: int, data: bytes) -> bool:
        """Hand over a frame; False when the machine is too slow and it was dropped."""
        if self._frames.qsize() >= _MOST_WAITING:
            return False
        self._frames.put((time_us, data))
        return True

    def close(self) -> None:
        """End the thread soon."""
        while not self._frames.empty():
            try:
                self._frames.get_nowait()
            except queue.Empty:
                break
        self._frames.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for its end."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (frame := self._frames.get()) is not None:
            try:
                self._convert(*frame)
            except (av.FFmpegError, ValueError):
                self._on_damage()

    def _convert(self, time_us: int, data: bytes) -> None:
        packet = av.Packet(data)
        packet.pts = packet.dts = time_us
        packet.time_base = _US
        for unit in self._line.feed(packet):
            params = self._line.params
            if params is not None:
                self._on_unit(unit, params)
