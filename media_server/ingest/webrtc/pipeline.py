"""A publisher's video and audio on their way to the ring: unpacked, timed, gated.

Frames before the first keyframe, and between a loss and the next keyframe, are dropped: they would
decode to garbage.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Set
from typing import Protocol, TypeAlias

from domain.core.errors import UnsupportedMedia
from media_server.ingest.unit import Unit
from media_server.ingest.webrtc.output import Output
from media_server.ingest.webrtc.sync import Sync
from media_server.ingest.webrtc.video import H264Passthrough, TranscodedVideo
from media_server.media.h264 import UnplayableH264
from media_server.media.packet import Track, VideoParams
from media_server.media.ticks import MICROSECONDS

_Source: TypeAlias = H264Passthrough | TranscodedVideo
_USUAL_US = 33_333
# Duration of an Opus frame in µs, by the configuration in its first byte (RFC 6716, 3.1).
_OPUS_US = (10_000, 20_000, 40_000, 60_000) * 3 + (10_000, 20_000) * 2 + (
    2_500, 5_000, 10_000, 20_000,
) * 4  # fmt: skip


class Keyframes(Protocol):
    """Requests keyframes from the publisher."""

    def came(self) -> None:
        """Note a keyframe."""
        ...

    def wanted(self) -> None:
        """Request a keyframe now."""
        ...


class Pipeline:
    """One publisher's media; on the event loop, except for calls from a transcoder's thread."""

    def __init__(self, keyframes: Keyframes, sets: dict[int, str]) -> None:
        self.sync = Sync()
        self.codec = ""
        self.wants_key = True
        self._loop = asyncio.get_running_loop()
        self._keyframes = keyframes
        self._sets = sets
        self._output: Output | None = None
        self._source: _Source | None = None
        self._last_us = 0
        self._reorders = False
        self._is_over = False

    def begin(self, output: Output, announced: Set[Track]) -> None:
        """Pass on the negotiated tracks from now on."""
        self._output = output
        output.expect(announced)

    def close(self) -> None:
        """Stop passing on."""
        self._is_over = True
        if isinstance(self._source, TranscodedVideo):
            self._source.close()

    @property
    def is_transcoded(self) -> bool:
        """Whether the video is transcoded here."""
        return isinstance(self._source, TranscodedVideo)

    def picture(self, codec: str, payload_type: int, timestamp: int, payloads: list[bytes]) -> None:
        """Process a video frame."""
        self._process(codec, payload_type, timestamp, lambda source: source.convert(payloads))

    def encoded(self, codec: str, timestamp: int, frame: bytes) -> None:
        """Process an assembled video frame: H.264 as Annex B, or VP8."""
        self._process(codec, -1, timestamp, lambda source: source.frame(frame))

    def _process(
        self,
        codec: str,
        payload_type: int,
        timestamp: int,
        convert: Callable[[_Source], tuple[bytes, bool]],
    ) -> None:
        source = self._source
        if source is None or codec != self.codec:
            source = self._choose(codec, payload_type)
        try:
            try:
                data, is_key = convert(source)
            except UnplayableH264:
                source = self._source = self._transcoded(codec, payload_type)
                data, is_key = convert(source)
        except UnsupportedMedia:
            self.damaged()
            return
        self._take(source, timestamp, data, is_key=is_key)

    def _take(self, source: _Source, timestamp: int, data: bytes, *, is_key: bool) -> None:
        if is_key:
            self.wants_key = False
            self._keyframes.came()
        elif self.wants_key:
            self._keyframes.wanted()
            return
        at = self.sync.place("video", timestamp, _now_us())
        if isinstance(source, TranscodedVideo):
            if not source.feed(at, data):
                self._overflowed()
        elif source.params is not None:
            self._give(self._unit(at, data, is_key=is_key), source.params)

    def _choose(self, codec: str, payload_type: int) -> _Source:
        if isinstance(self._source, TranscodedVideo):
            self._source.close()
        self.codec, self.wants_key, self._source = codec, True, None
        if codec == "h264":
            with contextlib.suppress(UnplayableH264):
                self._source = H264Passthrough(self._sets.get(payload_type))
        if self._source is None:
            self._source = self._transcoded(codec, payload_type)
        return self._source

    def _transcoded(self, codec: str, payload_type: int) -> TranscodedVideo:
        sets = self._sets.get(payload_type)
        return TranscodedVideo(codec, self._from_thread, self._damage_from_thread, sets)

    def _unit(self, at: int, data: bytes, *, is_key: bool) -> Unit:
        delta, self._last_us = at - self._last_us, at
        # An encoder that uses B-frames (wrong in WebRTC, but it happens) shows itself this way.
        self._reorders = self._reorders or -1_000_000 < delta < 0
        duration = delta if 0 < delta < 1_000_000 else _USUAL_US
        return Unit(
            "video", at, None if self._reorders else at, duration, MICROSECONDS, is_key, data
        )

    def _give(self, unit: Unit, params: VideoParams) -> None:
        if self._output is not None and not self._is_over:
            self._output.video(unit, params)

    def sound(self, timestamp: int, payloads: list[bytes]) -> None:
        """Process an Opus frame."""
        at = self.sync.place("audio", timestamp, _now_us())
        data = payloads[0]
        duration = _opus_us(data)
        if self._output is not None and not self._is_over and duration:
            self._output.audio(
                Unit("audio", at, at, duration, MICROSECONDS, is_key=True, data=data)
            )

    def damaged(self) -> None:
        """Count a useless frame, and wait for a keyframe."""
        if self._output is not None:
            self._output.count_damage()
        self.lost()

    def _overflowed(self) -> None:
        if self._output is not None:
            self._output.count_overflow()
        self.lost()

    def lost(self) -> None:
        """Wait for a keyframe."""
        self.wants_key = True
        self._keyframes.wanted()

    def _from_thread(self, unit: Unit, params: VideoParams) -> None:
        self._call(self._give, unit, params)

    def _damage_from_thread(self) -> None:
        self._call(self.damaged)

    def _call(self, function: Callable[..., None], *args: object) -> None:
        if not self._is_over:
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                self._loop.call_soon_threadsafe(function, *args)


def _now_us() -> int:
    return time.time_ns() // 1000


def _opus_us(data: bytes) -> int:
    """Return an Opus packet's duration, 0 for a damaged one (RFC 6716, 3.2)."""
    frame, count = _OPUS_US[data[0] >> 3], (1, 2, 2, 0)[data[0] & 3]
    if not count and len(data) > 1:
        count = data[1] & 63
    return min(frame * count, 120_000)
