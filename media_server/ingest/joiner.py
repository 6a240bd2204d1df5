"""Joins the audio and video of one source: one timeline, one header that names both tracks."""

import time
from collections.abc import Callable, Set
from typing import Final

from media_server.ingest.unit import Unit
from media_server.media.packet import AudioParams, Header, Track, VideoParams
from media_server.media.timeline import Timed, Timeline
from media_server.relay.source import Sink

BOTH: Final[Set[Track]] = frozenset({"video", "audio"})


class Joiner:
    """Places packets on a timeline and posts each with the header of its time.

    At first the tracks wait for each other, so that the first header names every expected track,
    or those that are known after `patience_s`.

    Args:
        timeline: Places the packets.
        sink: Receives them; it is told "live" with the first one.
        patience_s: How long to wait for an expected track.
        keep: How many packets to keep meanwhile; 0 drops them all.
        adjust: Called before a packet is placed; returns it with its arrival, or None to drop it.
    """

    def __init__(
        self,
        timeline: Timeline,
        sink: Sink,
        *,
        patience_s: float,
        keep: int,
        adjust: Callable[[Unit, int], tuple[Unit, int] | None] | None = None,
    ) -> None:
        self.expected: Set[Track] = BOTH
        self._timeline = timeline
        self._sink = sink
        self._patience_s = patience_s
        self._keep = keep
        self._adjust = adjust
        self._header: Header | None = None
        self._began: float | None = None
        self._waiting: list[tuple[Unit, int]] = []
        self._is_live = False
        self._drift_percent = 0.0

    def add(
        self, unit: Unit, arrival_us: int, video: VideoParams | None, audio: AudioParams | None
    ) -> None:
        """Place and post a packet; `video` and `audio` are the parameters known by now."""
        if self._header is None and not self._is_ready(video, audio):
            if self._keep:
                self._waiting.append((unit, arrival_us))
            return
        header = self._header
        if header is None or header.video is not video or header.audio is not audio:
            self._change(video, audio)
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                self._place(*each)
        self._place(unit, arrival_us)

    def _place(self, unit: Unit, arrival_us: int) -> None:
        if self._adjust is not None:
            adjusted = self._adjust(unit, arrival_us)
            if adjusted is None:
                return
            unit, arrival_us = adjusted
        self._post(self._timeline.add(unit, arrival_us))

    def pause(self) -> None:
        """Note that the source has stopped sending: the next packet reports "live" again."""
        self._is_live = False

    def close(self) -> None:
        """Forget `adjust`: its owner and the owner's sockets are freed at once, not by the GC."""
        self._adjust = None

    def flush(self) -> None:
        """Post the packets that the timeline still holds."""
        if self._header is not None:
            self._post(self._timeline.flush())

    def _is_ready(self, video: VideoParams | None, audio: AudioParams | None) -> bool:
        known = {"video": video is not None, "audio": audio is not None}
        if all(known[track] for track in self.expected):
            return True
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        is_full = bool(self._keep) and len(self._waiting) >= self._keep
        if is_full and not any(known.values()):
            self._waiting.clear()
            return False
        return any(known.values()) and (is_full or now - self._began > self._patience_s)

    def _change(self, video: VideoParams | None, audio: AudioParams | None) -> None:
        before = self._header
        if before is not None and not (
            before.video in {None, video} and before.audio in {None, audio}
        ):
            self.flush()  # held packets belong to the old one; a track that is added changes none
        self._header = Header(video=video, audio=audio)

    def _post(self, placed: list[Timed]) -> None:
        assert self._header is not None  # noqa: S101 (set before anything is placed)
        for packet, discontinuity in placed:
            self._sink.post(packet, self._header, discontinuity=discontinuity)
        drift_percent = self._timeline.drift_percent
        if placed and drift_percent != self._drift_percent:
            self._drift_percent = drift_percent
            self._sink.drifts(drift_percent)
        if placed and not self._is_live:
            self._is_live = True
            self._sink.report("live")
