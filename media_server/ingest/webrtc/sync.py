"""Merges two RTP clocks: each track's timestamps in microseconds of the publisher's time.

RTP timestamps start at random values, so at first a track is placed by the arrival of its first
frame, which is accurate to some 10 ms. Sender reports (RFC 3550, 6.4.1) then map timestamps to
instants; from the first report of both tracks on, audio moves into place: at once if it is far off,
else slightly with each frame, which nobody hears. Video never moves.
"""

from dataclasses import dataclass

from media_server.media.packet import Track

_STEP_US = 500  # a 20 ms frame becomes 2.5 % longer or shorter
_FAR_US = 400_000
_ABSURD_US = 60_000_000


@dataclass(slots=True)
class _Track:
    rate: int
    timestamp: int | None = None  # the newest, extended
    base_us: int = 0  # where timestamp 0 is
    reported_us: int | None = None  # the same by the sender reports
    error_us: int = 0


class Sync:
    """Places the timestamps of both tracks on one timeline."""

    def __init__(self) -> None:
        self._lines: dict[Track, _Track] = {"video": _Track(90000), "audio": _Track(48000)}

    def place(self, track: Track, timestamp: int, arrival_us: int) -> int:
        """Return the source time of a frame."""
        line = self._lines[track]
        if line.timestamp is None:
            line.timestamp = timestamp
            line.base_us = arrival_us - _us(timestamp, line.rate)
            self._compare()
        else:
            line.timestamp = _extended(timestamp, line.timestamp)
        if line.error_us:
            self._correct(line)
        return line.base_us + _us(line.timestamp, line.rate)

    def report(self, track: Track, timestamp: int, ntp: int) -> None:
        """Process a sender report: an instant in 32.32 fixed point and its timestamp."""
        line = self._lines[track]
        if not ntp or line.timestamp is None:
            return
        instant = (ntp * 1_000_000) >> 32
        line.reported_us = instant - _us(_extended(timestamp, line.timestamp), line.rate)
        self._compare()

    @property
    def is_aligned(self) -> bool:
        """Whether sender reports have aligned the tracks."""
        return all(line.reported_us is not None for line in self._lines.values())

    @property
    def error_us(self) -> int:
        """How far audio still is from its position by the reports."""
        return self._lines["audio"].error_us

    def _compare(self) -> None:
        video, audio = self._lines["video"], self._lines["audio"]
        if video.reported_us is None or audio.reported_us is None:
            return
        error = audio.reported_us + video.base_us - video.reported_us - audio.base_us
        audio.error_us = error if abs(error) < _ABSURD_US else 0

    @staticmethod
    def _correct(line: _Track) -> None:
        step = line.error_us
        if abs(step) < _FAR_US:
            step = max(-_STEP_US, min(_STEP_US, step))
        line.base_us += step
        line.error_us -= step


def _us(timestamp: int, rate: int) -> int:
    return (2 * timestamp * 1_000_000 + rate) // (2 * rate)


def _extended(timestamp: int, newest: int) -> int:
    delta = (timestamp - newest) & 0xFFFFFFFF
    return newest + delta - (0x100000000 if delta > 0x7FFFFFFF else 0)
