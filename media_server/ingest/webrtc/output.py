"""Writes a publisher's frames to the ring: one timeline and one header for both tracks."""

import time
from collections.abc import Set

from media_server.ingest.unit import Unit
from media_server.media.packet import AudioParams, Header, Track, VideoParams
from media_server.media.timeline import Timed, Timeline
from media_server.relay.live import Inlet, LiveStream

# How long audio waits for announced video.
_PATIENCE_US = 4_000_000
# RFC 7845, 5.1: version 1, stereo, no pre-skip (WebRTC has none), 48 kHz, no gain, mapping 0.
_OPUS_HEAD = b"OpusHead\x01\x02\0\0" + (48000).to_bytes(4, "little") + b"\0\0\0"
_OPUS = AudioParams(codec="opus", extradata=_OPUS_HEAD, sample_rate=48000, channels=2)


class Output:
    """Places frames on the stream's timeline and puts them into its ring at once."""

    def __init__(self, stream: LiveStream, inlet: Inlet) -> None:
        self._awaits_video = False
        self._stream = stream
        self._inlet = inlet
        self._timeline = Timeline(after_us=stream.ring.end_us)
        self._header = Header(None, None)
        self._video: VideoParams | None = None
        self._audio: AudioParams | None = None
        self._waits_until = 0
        self._is_live = False

    def expect(self, announced: Set[Track]) -> None:
        """Wait for announced video; the header includes announced audio before it arrives."""
        self._awaits_video = "video" in announced
        self._audio = _OPUS if "audio" in announced else None

    def video(self, unit: Unit, params: VideoParams) -> None:
        """Write a video frame."""
        self._video = params
        self._awaits_video = False
        self._add(unit)

    def audio(self, unit: Unit) -> None:
        """Write an Opus frame."""
        if self._awaits_video:
            now = time.time_ns() // 1000
            self._waits_until = self._waits_until or now + _PATIENCE_US
            if now < self._waits_until:
                return
            self._awaits_video = False
        self._audio = _OPUS
        self._add(unit)

    def count_damage(self) -> None:
        """Count a useless frame."""
        self._inlet.count(corrupt=1)

    def _add(self, unit: Unit) -> None:
        header = self._header
        if header.video is not self._video or header.audio is not self._audio:
            self._change(Header(self._video, self._audio))
        self._post(self._timeline.add(unit, time.time_ns() // 1000))

    def _change(self, header: Header) -> None:
        before, self._header = self._header, header
        if before.audio is not None and before.video is not None:
            self._post(self._timeline.flush(), before)  # held packets belong to the old one

    def _post(self, placed: list[Timed], header: Header | None = None) -> None:
        if not placed:
            return
        for timed in placed:
            self._inlet.post(
                timed.packet, header or self._header, discontinuity=timed.discontinuity
            )
        if not self._is_live:
            self._is_live = True
            self._inlet.report("live")
        if not self._inlet.is_closed:
            self._stream.drain()
