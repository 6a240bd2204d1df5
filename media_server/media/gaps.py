"""Fills in for a track that has stopped: silence for audio, the last keyframe for video.

Players render only what every track of an init section covers, and a browser's source buffer
rejects an init section with other tracks. So an announced track must continue even when its packets
do not: a muted microphone, a camera switched off, a file whose audio is shorter than its video,
Opus that pauses during silence (DTX).

A track counts as missing once the other one has arrived alone for a while. The wall clock measures
that time in small steps, so neither a burst of one track (a fragment of seconds that is not
interleaved) nor a pause of both counts. From then on the stand-in follows the other track without
delay.

Audio that returns continues where the silence ends; video continues at its next keyframe, because
decoders have seen a repeated one meanwhile. Where no stand-in is possible (video that never
arrived, a rare kind of AAC), the header drops the track until it arrives, which starts a new
section.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from media_server.media.packet import Arrival, Header, Packet, Track
from media_server.media.sound import silence, timescale

_PATIENCE_US: Final[dict[Track, int]] = {"audio": 1_500_000, "video": 3_000_000}
_LONG_PATIENCE_US: Final = 10_000_000  # for sources that alternate tracks or send slides
_STEP_US: Final = 500_000  # the most that one packet adds to the other track's missing time
_WRONG_US: Final = 500_000  # audio this far behind its stand-in was only late
_HOLE_US: Final = 60_000  # players conceal shorter holes
_STILL_US: Final = 500_000  # duration of a repeated keyframe
_LONGEST_US: Final = 30_000_000  # the most to fill in at once


@dataclass(slots=True)
class _State:
    """State of one track."""

    track: Track
    patience_us: int
    end_us: int | None = None  # end of what was placed
    arrived_us: int | None = None
    missing_us: int = 0  # how long the other track has arrived alone
    is_filled: bool = False  # the last packet placed was a stand-in

    def restart(self) -> None:
        self.end_us, self.arrived_us, self.missing_us, self.is_filled = None, None, 0, False


class GapFiller:
    """Processes a stream's packets before its ring does."""

    def __init__(self) -> None:
        self._video = _State("video", _PATIENCE_US["video"])
        self._audio = _State("audio", _PATIENCE_US["audio"])
        self._first_us: int | None = None  # of the video since the last discontinuity
        self._keyframe: Arrival | None = None  # the newest, or its stand-in

    def take(self, arrival: Arrival, now_us: int) -> list[Arrival]:
        """Return what to place for a packet that arrives now: stand-ins, the packet or both."""
        header = arrival.header
        is_single = header.video is None or header.audio is None
        if arrival.discontinuity or is_single:
            self._restart()
        if is_single:
            return [arrival]
        if arrival.packet.track == "video":
            placed, other = self._take_video(arrival, now_us), self._audio
        else:
            placed, other = self._take_audio(arrival, now_us), self._video
        if other.missing_us < other.patience_us:
            return placed
        if self._can_stand_in(other, header):
            stand_in = self._stills if other is self._video else self._silence
            return [*placed, *stand_in(arrival.packet.pts_us)]
        reduced = replace(header, **{other.track: None})
        return [each._replace(header=reduced) for each in placed]

    def stands_in_for(self, track: Track) -> bool:
        """Return whether a track's newest packet is a stand-in."""
        return (self._video if track == "video" else self._audio).is_filled

    def _restart(self) -> None:
        self._first_us = self._keyframe = None
        self._video.restart()
        self._audio.restart()

    def _take_audio(self, arrival: Arrival, now_us: int) -> list[Arrival]:
        packet, own = arrival.packet, self._audio
        _count(own, self._video, now_us)
        own.missing_us = 0
        fill: list[Arrival] = []
        if own.end_us is not None and own.is_filled:
            if packet.pts_us < own.end_us - _WRONG_US:
                own.patience_us = _LONG_PATIENCE_US
            if packet.pts_us + packet.duration_us // 2 < own.end_us:
                return []
        until_us = packet.pts_us - packet.duration_us
        if self._keyframe is not None and self._keyframe.header.audio != arrival.header.audio:
            return [*self._silence(until_us)]  # the ring accepts it from the next keyframe on
        if own.end_us is not None and packet.pts_us - own.end_us > _HOLE_US:
            fill = [*self._silence(until_us)]
        own.end_us, own.is_filled = packet.pts_us + packet.duration_us, False
        return [*fill, arrival]

    def _take_video(self, arrival: Arrival, now_us: int) -> list[Arrival]:
        packet, own = arrival.packet, self._video
        waited_us = _count(own, self._audio, now_us)
        own.patience_us = min(max(_PATIENCE_US["video"], 2 * waited_us), _LONG_PATIENCE_US)
        last = self._keyframe
        if own.is_filled and last is not None:
            if packet.dts_us < last.packet.dts_us:  # it is late: do not run ahead of it again
                own.missing_us, own.patience_us = 0, _LONG_PATIENCE_US
                return []
            if not packet.is_key:
                return []
        own.missing_us = 0
        if packet.is_key:
            own.is_filled, self._keyframe = False, arrival._replace(discontinuity=False)
            self._first_us = packet.pts_us if self._first_us is None else self._first_us
        own.end_us = max(own.end_us or 0, packet.pts_us + packet.duration_us)
        return [arrival]

    # Stand-ins

    def _can_stand_in(self, state: _State, header: Header) -> bool:
        if state is self._video:
            return self._keyframe is not None
        return header.audio is not None and silence(header.audio) is not None

    def _silence(self, until_us: int) -> Iterator[Arrival]:
        """Yield silence from where the audio ends, in the ring's current format."""
        own = self._audio
        own.end_us = self._first_us if own.end_us is None else own.end_us
        header = self._keyframe.header if self._keyframe is not None else None
        params = header.audio if header is not None else None
        found = silence(params) if params is not None else None
        if header is None or params is None or found is None or own.end_us is None:
            return
        frame, samples = found
        duration_us = round(samples * 1_000_000 / timescale(params))
        own.end_us = max(own.end_us, until_us - _LONGEST_US)
        while own.end_us < until_us:
            at = own.end_us
            packet = Packet("audio", at, at, duration_us, is_key=True, data=frame)
            yield Arrival(packet, header, is_filler=True)
            own.end_us, own.is_filled = at + duration_us, True

    def _stills(self, until_us: int) -> Iterator[Arrival]:
        """Repeat the keyframe, far enough behind the audio for video that returns slightly late."""
        own, last = self._video, self._keyframe
        if last is None or own.end_us is None:
            return
        own.end_us = max(own.end_us, until_us - _LONGEST_US)
        while own.end_us + _STILL_US <= until_us:
            at, packet = own.end_us, last.packet
            shown_late_us = packet.pts_us - packet.dts_us
            packet = packet._replace(pts_us=at, dts_us=at - shown_late_us, duration_us=_STILL_US)
            self._keyframe = last = last._replace(packet=packet, is_filler=True)
            own.end_us, own.is_filled = at + _STILL_US, True
            yield last


def _count(own: _State, other: _State, now_us: int) -> int:
    """Note that a track's packet arrived; return the time since the one before."""
    waited_us = 0 if own.arrived_us is None else max(0, now_us - own.arrived_us)
    own.arrived_us = now_us
    other.missing_us += min(waited_us, _STEP_US)
    return waited_us
