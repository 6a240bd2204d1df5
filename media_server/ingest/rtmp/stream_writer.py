"""Writes one publisher's tags into a stream."""

from collections.abc import Mapping
from typing import Protocol

from domain.core.errors import UnsupportedMedia
from domain.core.time import Clock
from domain.live.wire import IngestInfo
from media_server.ingest.joiner import Joiner
from media_server.ingest.rtmp.amf import Value
from media_server.ingest.rtmp.tags import SoundTags, VideoTags
from media_server.media.packet import Track
from media_server.media.timeline import Timeline
from media_server.relay.queues import Inlet

# How long one track's packets wait for the other track.
_PATIENCE_S = 1.0
_MOST_WAITING = 600
_MOST_DAMAGED = 500
_HALF, _WHOLE = 1 << 31, 1 << 32


class Feed(Protocol):
    """A destination of a publisher's media."""

    def media(self, *, is_video: bool, ms: int, body: bytearray) -> None:
        """Write a tag."""
        ...

    def metadata(self, fields: Mapping[str, Value]) -> None:
        """Process the publisher's metadata."""
        ...

    def silence(self, reason: str) -> None:
        """Note that the publisher has paused; it may resume."""
        ...

    def close(self) -> None:
        """Stop writing."""
        ...


class StreamFeed:
    """Puts tags onto a stream's timeline.

    Audio and video wait for each other at first, so that the first packet's header names both
    tracks: all that the metadata announces, or those that appear within a second.
    """

    def __init__(self, inlet: Inlet, clock: Clock, after_us: int) -> None:
        self._inlet = inlet
        self._clock = clock
        self._joiner = Joiner(
            Timeline(after_us=after_us), inlet, patience_s=_PATIENCE_S, keep=_MOST_WAITING
        )
        self._video, self._sound = VideoTags(), SoundTags()
        self._times = _Unwrapped()
        self._damaged = 0
        self._taken = 0

    def metadata(self, fields: Mapping[str, Value]) -> None:
        """Read the frame rate and the announced tracks."""
        rate = fields.get("framerate")
        if isinstance(rate, int | float):
            self._video.set_rate(float(rate))
        names: dict[Track, str] = {"video": "videocodecid", "audio": "audiocodecid"}
        announced = {track for track, name in names.items() if fields.get(name)}
        if announced:
            self._joiner.expected = announced

    def media(self, *, is_video: bool, ms: int, body: bytearray) -> None:
        """Write a tag.

        Raises:
            CodecRefusedError: Its codec is not supported.
            UnsupportedMedia: Everything received is damaged.
        """
        line = self._video if is_video else self._sound
        try:
            unit = line.take(body, self._times.of(ms))
        except UnsupportedMedia:
            self._damage()
            return
        if unit is None:
            return
        self._damaged = 0
        self._taken += 1
        arrival_us = self._clock.now_us()
        self._joiner.add(unit, arrival_us, self._video.params, self._sound.params)

    def ask_for_keyframe(self) -> bool:
        """Do nothing: RTMP has no keyframe requests."""
        return False

    def info(self) -> IngestInfo:
        """Return the connection's statistics: TCP loses nothing, so there are few."""
        return IngestInfo(protocol="RTMP", codec="h264", packets=self._taken)

    def silence(self, reason: str) -> None:
        """Report the stream offline until data arrives again."""
        self._joiner.pause()
        self._inlet.report("offline", reason)

    def close(self) -> None:
        """Write the packets still held."""
        self._joiner.flush()

    def _damage(self) -> None:
        self._inlet.count(corrupt=1)
        self._damaged += 1
        if self._damaged > _MOST_DAMAGED:
            raise UnsupportedMedia("All received video or audio is damaged. Check the encoder.")


class _Unwrapped:
    """Unwraps millisecond timestamps of 32 bits, which wrap after 49.7 days."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._whole = 0

    def of(self, ms: int) -> int:
        if self._last is not None:
            if ms - self._last < -_HALF:
                self._whole += _WHOLE
            elif ms - self._last > _HALF:
                self._whole -= _WHOLE
        self._last = ms
        return self._whole + ms
