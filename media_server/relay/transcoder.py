"""Transcodes video to H.264 without B-frames in its own thread, between two ends on the loop."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence

import av
from av.video.codeccontext import VideoCodecContext

from media_server.media.packet import Buffer, VideoParams
from media_server.media.ticks import MICROSECONDS, SourcePacket
from media_server.media.transcode import CLOCK, TranscodedVideo

# The queue of waiting frames. Shortly before it is full, every second frame is skipped, which saves
# most of the work; if that is not enough, a slow machine skips to the next keyframe.
_MOST_WAITING, _SHORTLY = 60, 20
_NICE = 5

OnUnit = Callable[[SourcePacket, VideoParams], None]


class Transcoder:
    """Takes encoded frames on the event loop; emits H.264 without B-frames in its thread.

    libav releases the GIL, and the thread has a lower priority, so the loop does not wait for it.

    Args:
        codec: The input's codec, for the thread's name.
        decoder: Decodes it.
        on_unit: Called in the thread with the output.
        on_damage: Called in the thread when a frame could not be decoded.
    """

    def __init__(
        self,
        codec: str,
        decoder: VideoCodecContext,
        on_unit: OnUnit,
        on_damage: Callable[[], None],
    ) -> None:
        self._line = TranscodedVideo(decoder, MICROSECONDS)
        self._on_unit = on_unit
        self._on_damage = on_damage
        self._frames: queue.Queue[tuple[int, Buffer] | None] = queue.Queue()
        self._most = _MOST_WAITING
        self._skips = False
        self._thread = threading.Thread(target=self._run, name=f"transcode-{codec}", daemon=True)
        self._thread.start()

    def feed(self, time_us: int, data: Buffer) -> bool:
        """Queue a frame; False if the machine is too slow and it was dropped."""
        if self._frames.qsize() >= self._most:
            return False
        self._frames.put((time_us, data))
        return True

    def catch_up(self, frames: Sequence[tuple[int, Buffer]], shows_from_us: int) -> None:
        """Queue earlier frames; frames before an instant are decoded only."""
        self._line.shows_from = round(shows_from_us * MICROSECONDS / CLOCK)
        self._most = _MOST_WAITING + len(frames)
        for frame in frames:
            self._frames.put(frame)

    def ask_keyframe(self) -> None:
        """Make the next frame a keyframe."""
        self._line.ask_keyframe()

    def close(self) -> None:
        """Stop the thread soon."""
        while not self._frames.empty():
            try:
                self._frames.get_nowait()
            except queue.Empty:
                break
        self._frames.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the thread to stop."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (frame := self._frames.get()) is not None:
            try:
                self._convert(*frame)
            except (av.FFmpegError, ValueError):
                self._on_damage()

    def _convert(self, time_us: int, data: Buffer) -> None:
        packet = av.Packet(bytes(data))
        packet.pts = packet.dts = time_us
        packet.time_base = MICROSECONDS
        self._skips = not self._skips and self._frames.qsize() >= self._most - _SHORTLY
        if self._skips:
            self._line.skip(packet)
            return
        for unit in self._line.feed(packet):
            params = self._line.params
            if params is not None:
                self._on_unit(unit, params)
