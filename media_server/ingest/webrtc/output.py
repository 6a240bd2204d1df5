"""Writes a publisher's frames to the ring: one timeline and one header for both tracks."""

import time
from collections.abc import Set

from media_server.ingest.joiner import Joiner
from media_server.ingest.unit import Unit
from media_server.media.packet import AudioParams, Track, VideoParams
from media_server.media.timeline import Timeline
from media_server.relay.live import LiveStream
from media_server.relay.queues import Inlet

# How long audio waits for announced video.
_PATIENCE_S = 4.0
# RFC 7845, 5.1: version 1, stereo, no pre-skip (WebRTC has none), 48 kHz, no gain, mapping 0.
_OPUS_HEAD = b"OpusHead\x01\x02\0\0" + (48000).to_bytes(4, "little") + b"\0\0\0"
_OPUS = AudioParams(codec="opus", extradata=_OPUS_HEAD, sample_rate=48000, channels=2)


class Output:
    """Places frames on the stream's timeline and puts them into its ring at once."""

    def __init__(self, stream: LiveStream, inlet: Inlet) -> None:
        self._stream = stream
        self._inlet = inlet
        # Audio from before the video would make the stream begin without a picture.
        self._joiner = Joiner(
            Timeline(after_us=stream.ring.end_us), inlet, patience_s=_PATIENCE_S, keep=0
        )
        self._joiner.expected = frozenset()
        self._video: VideoParams | None = None
        self._audio: AudioParams | None = None

    def expect(self, announced: Set[Track]) -> None:
        """Wait for announced video; the header includes announced audio before it arrives."""
        self._joiner.expected = announced & {"video"}
        self._audio = _OPUS if "audio" in announced else None

    def video(self, unit: Unit, params: VideoParams) -> None:
        """Write a video frame."""
        self._video = params
        self._add(unit)

    def audio(self, unit: Unit) -> None:
        """Write an Opus frame."""
        self._audio = _OPUS
        self._add(unit)

    def count_damage(self) -> None:
        """Count a useless frame."""
        self._inlet.count(corrupt=1)

    def count_overflow(self) -> None:
        """Count a frame for which this machine is too slow."""
        self._inlet.count(overflow=1)

    def _add(self, unit: Unit) -> None:
        self._joiner.add(unit, time.time_ns() // 1000, self._video, self._audio)
        if not self._inlet.is_closed:
            self._stream.drain()
