"""Transcodes a stream with B-frames for WebRTC, once for all its viewers.

It starts with the first viewer and stops with the last. The frames keep the source's instants, so a
viewer's view can be captured to the frame.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import av

from media_server.media.packet import Packet, VideoParams
from media_server.media.run import Run
from media_server.media.ticks import SourcePacket
from media_server.media.transcode import CLOCK
from media_server.relay.transcoder import Transcoder

_TICKS: Final = CLOCK.denominator
# How much of the buffered GOP's end to show; the rest is in the past.
_SHOWN_US: Final = 100_000


class BFrameTranscoder:
    """Takes a stream's packets; calls `deliver` with reordered ones on the creating loop."""

    def __init__(
        self,
        params: VideoParams,
        deliver: Callable[["BFrameTranscoder", Packet, VideoParams], None],
    ) -> None:
        self.params = params
        self.dropped = 0
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._instants: dict[int, int] = {}  # of frames in flight, by the transcoder's clock
        self._fed_dts: int | None = None
        self._wants_key = True
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 (h264 is video)
        decoder.extradata = params.extradata
        self._transcoder = Transcoder("h264", decoder, self._from_thread, lambda: None)

    def begin(self, gop: Run) -> None:
        """Feed the buffered GOP, so that the first viewer need not wait for the next one."""
        times = gop.pts_us.tolist()
        for pts_us in times:
            self._instants[_tick(pts_us)] = pts_us
        frames = list(zip(times, gop.packets(), strict=True))
        self._transcoder.catch_up(frames, max(times) - _SHOWN_US)
        self._fed_dts, self._wants_key = int(gop.dts_us[-1]), False

    def feed(self, packet: Packet) -> None:
        """Feed a packet; never blocks. Skips what was already fed."""
        if self._fed_dts is not None and packet.dts_us <= self._fed_dts:
            return
        if self._wants_key and not packet.is_key:
            self.dropped += 1
            return
        self._wants_key = not self._transcoder.feed(packet.pts_us, packet.data)
        if self._wants_key:
            self.dropped += 1
            return
        self._fed_dts = packet.dts_us
        self._instants[_tick(packet.pts_us)] = packet.pts_us

    def ask_keyframe(self) -> None:
        """Make the next frame a keyframe."""
        self._transcoder.ask_keyframe()

    def close(self) -> None:
        """Stop the thread soon."""
        self._transcoder.close()

    def _from_thread(self, unit: SourcePacket, params: VideoParams) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
            self._loop.call_soon_threadsafe(self._made, unit, params)

    def _made(self, unit: SourcePacket, params: VideoParams) -> None:
        tick = unit.pts or 0
        pts_us = self._instants.get(tick, tick * 1_000_000 // _TICKS)
        self._instants = {at: us for at, us in self._instants.items() if at > tick}
        self._deliver(self, Packet("video", pts_us, pts_us, 0, unit.is_key, unit.data), params)


def _tick(us: int) -> int:
    return round(us * _TICKS / 1_000_000)
