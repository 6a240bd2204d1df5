"""Maps a source's ticks to microseconds in UTC, on one timeline for all tracks.

**One offset.** Audio and video share one offset between source time and UTC, so they stay aligned
exactly as in the source. Within a GOP the offset never changes, so frame durations are the source's
own, to the microsecond.

**The anchor.** Sources start with a burst (probing, an RTMP server's cached GOP, a whole HLS
segment), so the first packet's arrival says little. Packets are held for 0.3 s, and the smallest
delay seen decides: nothing is ever placed in the future. Damaged times or a source ahead of the
clock can still place packets there; if the timeline's end is more than 5 s after a packet's
arrival, a new epoch starts at the arrival.

**Repair.** A counter that wraps (33 bits of MPEG-TS, 32 of RTP) continues as if it had not. A jump
back, or ahead by more than the wall clock, starts a new epoch with its own offset, after everything
before, and is flagged. The other track stays in the old epoch while it is continuous there
(interleaving), and joins the new one, without a second flag, when it jumps too. A source whose
clock stalled for seconds is moved up at a keyframe, flagged.

**Drift.** Camera clocks are off by up to some hundred ppm. The smallest delay of each 10 s is
watched; when it strays by more than 100 ms the offset moves, by at most 5 ms at a keyframe and for
all tracks at once, until it is half-way back. So only the last frame of a GOP is ever longer or
shorter, imperceptibly, and audio stays in sync with video. A clock that is off by more than that
stretches the timeline (see `drift.py`).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from media_server.media.drift import ClockMap, Drift
from media_server.media.packet import Packet, Track
from media_server.media.reorder import Reorder
from media_server.media.ticks import MICROSECONDS, SourcePacket, microseconds, wrapped

_S = 1_000_000
_JUMP_US = 3 * _S  # a larger lead over the wall clock is a jump
_BACK_US = _S  # a larger step behind the packet before is a jump; less is disorder
_STOOD_STILL_US = 2 * _S
_WATCH_US = 10 * _S
_DEAD_BAND_US = 100_000
_STEP_US = 5_000
_SEAMLESS_US = 500_000
_AHEAD_US = 5 * _S  # ignore an end that is further after the arrival
_HELD_MOST = 5_000
_USUAL_DURATION_US: dict[Track, int] = {"video": 33_333, "audio": 20_000}


class Timed(NamedTuple):
    """A packet on the timeline; `discontinuity` marks a repair just before it."""

    packet: Packet
    discontinuity: bool


@dataclass(slots=True)
class _Epoch:
    clock: ClockMap  # source time to UTC
    source_us: int  # the newest source time seen in it
    drift: Drift
    least_delay: int | None = None
    watched_from: int = 0
    correction: int = 0  # the remaining correction, applied at keyframes
    flag: bool = False  # the next packet is the first after a break


@dataclass(slots=True)
class _Track:
    """State of one track."""

    epoch: _Epoch | None = None
    wrap_us: int = 0
    source_dts: int = 0
    arrival_us: int = 0
    duration_us: int = 0
    dts_us: int = 0  # of its newest packet, placed
    end_us: int = 0
    corrected_us: int = 0
    reorder: Reorder = field(default_factory=Reorder)


class Timeline:
    """Places a source's packets in UTC, after `after_us`, the end of the sources before it.

    `dts_us` never decreases within a track, except with a discontinuity that returns from the
    future.

    `reorder` is how many frames B-frames can delay.
    """

    def __init__(self, *, settle_us: int = 300_000, reorder: int = 2, after_us: int = 0) -> None:
        self.discontinuities = 0
        self.skipped = 0  # packets without any usable time
        self._settle_us = settle_us
        self._depth = reorder
        self._held: list[tuple[SourcePacket, int]] = []
        self._lines: dict[Track, _Track] = {}
        self._epoch: _Epoch | None = None
        self._before_us = after_us  # the end of everything before a restart

    @property
    def drift_percent(self) -> float:
        """How much the source's clock is fast (or slow, below 0), if it is followed."""
        rate = self._epoch.drift.rate if self._epoch else 0.0
        return 100 / (1 + rate) - 100 if rate else 0.0

    def restart(self) -> None:
        """Reset after the source was reopened: the next packet is anchored again, and flagged."""
        self._before_us = self._end_us()
        self._lines, self._epoch, self._held = {}, None, []

    def add(self, source: SourcePacket, arrival_us: int) -> list[Timed]:
        """Place a packet with its arrival time; yields none or several while the anchor settles."""
        if self._epoch is not None:
            timed = self._place(source, arrival_us)
            self.skipped += timed is None
            return [] if timed is None else [timed]
        self._held.append((source, arrival_us))
        waited = arrival_us - self._held[0][1]
        if waited < self._settle_us and len(self._held) < _HELD_MOST:
            return []
        return self.flush()

    def flush(self) -> list[Timed]:
        """Place the packets still held."""
        held, self._held = self._held, []
        if self._epoch is None and not self._anchor(held):
            self.skipped += len(held)
            return []
        placed = [self._place(source, arrival) for source, arrival in held]
        self.skipped += placed.count(None)
        return [timed for timed in placed if timed is not None]

    def _anchor(self, held: list[tuple[SourcePacket, int]]) -> bool:
        known: list[tuple[int, int]] = []  # arrival and source time
        for source, arrival in held:
            ticks = source.pts if source.pts is not None else source.dts
            if ticks is not None:
                time = microseconds(ticks, source.time_base)
                time += wrapped(time - known[-1][1], source.time_base) if known else 0
                known.append((arrival, time))
        if not known:
            return False
        self._come_back(held[0][1])
        # Jumps among held packets are repaired when they are placed: count from the last stretch.
        newest = known[-1][1]
        offset = min(arrival - time for arrival, time in known if abs(time - newest) < _WATCH_US)
        first = min(time for _, time in known)
        offset = max(offset, self._before_us - first) if self._before_us else offset
        clock = ClockMap(offset)
        self._epoch = _Epoch(clock, known[0][1], Drift(), watched_from=held[-1][1])
        self._epoch.flag = self._before_us > 0
        self.discontinuities += int(self._epoch.flag)
        return True

    def _place(self, source: SourcePacket, arrival_us: int) -> Timed | None:
        line = self._lines.get(source.track)
        if line is None:
            line = self._lines[source.track] = _Track(reorder=Reorder(self._depth))
        pts, dts, duration = self._unwrapped(line, source)
        time = pts if dts is None else dts
        if time is None:
            if line.epoch is None:
                return None
            pts = dts = time = line.source_dts + line.duration_us
        epoch = line.epoch
        if epoch is None or not 0 <= time - line.source_dts <= _JUMP_US:
            epoch = self._epoch_for(line, time, arrival_us)
        if epoch.correction and source.is_key:
            self._correct(epoch, line, source.track, arrival_us)
        if pts is None:
            pts = time
        elif dts is None:
            is_video = source.track == "video"
            dts = line.reorder.dts(pts, duration) if is_video else pts
        line.source_dts, line.arrival_us, line.duration_us = time, arrival_us, duration
        epoch.source_us = max(epoch.source_us, pts)
        shown_us = self._watch(epoch, pts, arrival_us)
        dts_us = shown_us if dts is None or dts >= pts else epoch.clock.at(dts)
        duration = epoch.clock.duration(pts, duration)
        return self._packet(source, line, epoch, shown_us, dts_us, duration)

    def _packet(
        self,
        source: SourcePacket,
        line: _Track,
        epoch: _Epoch,
        pts_us: int,
        dts_us: int,
        duration_us: int,
    ) -> Timed | None:
        dts_us = max(dts_us, line.dts_us)
        if dts_us > pts_us:
            return None  # it arrived after its successor
        line.dts_us, line.end_us = dts_us, max(line.end_us, pts_us + duration_us)
        flag, epoch.flag = epoch.flag, False
        packet = Packet(source.track, pts_us, dts_us, duration_us, source.is_key, source.data)
        return Timed(packet, flag)

    def _unwrapped(self, line: _Track, source: SourcePacket) -> tuple[int | None, int | None, int]:
        """Return pts, dts and duration in microseconds; times may still be absent."""
        base, pts, dts = source.time_base, source.pts, source.dts
        duration = source.duration or 0
        if base is not MICROSECONDS:
            pts = None if pts is None else microseconds(pts, base)
            dts = None if dts is None else microseconds(dts, base)
            duration = microseconds(duration, base)
        time = pts if dts is None else dts
        if line.epoch is not None and time is not None:
            line.wrap_us += wrapped(time + line.wrap_us - line.source_dts, base)
        if line.wrap_us:
            pts = None if pts is None else pts + line.wrap_us
            dts = None if dts is None else dts + line.wrap_us
        if dts is not None and pts is not None and pts != dts:
            pts += wrapped(pts - dts, base)  # only one of the two has wrapped yet
        if duration <= 0:
            duration = line.duration_us or _USUAL_DURATION_US[source.track]
        return pts, dts, duration

    def _epoch_for(self, line: _Track, time: int, arrival_us: int) -> _Epoch:
        current = self._epoch
        assert current is not None  # noqa: S101 (set by the anchor before anything is placed)
        if line.epoch is None:
            line.epoch = current
            if abs(time - current.source_us) < _WATCH_US:
                return current
        elif not _jumps(line, time, arrival_us):
            return line.epoch
        elif line.epoch is not current and abs(time - current.source_us) < _WATCH_US:
            line.epoch = current
            line.reorder.clear()
            return current
        line.epoch = self._epoch = self._after_all(time, arrival_us)
        line.reorder.clear()
        return line.epoch

    def _after_all(self, time: int, arrival_us: int) -> _Epoch:
        """Start an epoch in which a source time follows everything placed before."""
        self._come_back(arrival_us)
        end = self._end_us()
        start = arrival_us if arrival_us - end > _SEAMLESS_US else end
        self.discontinuities += 1
        rate = self._epoch.drift.rate if self._epoch else 0.0  # it is the same source
        clock = ClockMap(start - time, time, rate)
        return _Epoch(clock, time, Drift(rate), watched_from=arrival_us, flag=True)

    def _come_back(self, arrival_us: int) -> None:
        """Forget how far ahead of now packets were placed, if that is too far to continue there."""
        if self._end_us() - arrival_us <= _AHEAD_US:
            return
        self._before_us = min(self._before_us, arrival_us)
        for line in self._lines.values():
            line.dts_us, line.end_us = min(line.dts_us, arrival_us), min(line.end_us, arrival_us)

    def _end_us(self) -> int:
        return max([self._before_us, *(line.end_us for line in self._lines.values())])

    def _watch(self, epoch: _Epoch, time: int, arrival_us: int) -> int:
        """Track the smallest delay between presentation and arrival; return when `time` is."""
        if epoch.drift.saw(time, arrival_us):
            stretch = epoch.drift.stretch(epoch.clock)
            if stretch != epoch.clock.stretch:
                epoch.clock.bend(epoch.source_us, stretch)
        shown_us = epoch.clock.at(time)
        delay = arrival_us - shown_us
        if epoch.least_delay is None or delay < epoch.least_delay:
            epoch.least_delay = delay
        if arrival_us - epoch.watched_from >= _WATCH_US:
            strays = abs(epoch.least_delay) > _DEAD_BAND_US or epoch.correction
            near = abs(epoch.least_delay) <= _DEAD_BAND_US // 2
            is_wanted = strays and not near and not epoch.drift.is_following
            epoch.correction = epoch.least_delay if is_wanted else 0
            epoch.least_delay, epoch.watched_from = None, arrival_us
        return shown_us

    def _correct(self, epoch: _Epoch, line: _Track, track: Track, arrival_us: int) -> None:
        """Move the offset slightly towards the wall clock, at the start of a GOP."""
        if epoch.drift.is_following or (track == "audio" and "video" in self._lines):
            return
        if arrival_us - line.corrected_us < _S:
            return
        line.corrected_us = arrival_us
        step = max(-_STEP_US, min(_STEP_US, epoch.correction))
        if epoch.correction >= _STOOD_STILL_US:
            step, epoch.flag = epoch.correction, True
            self.discontinuities += 1
        epoch.clock.shift(step)
        epoch.correction -= step
        if epoch.least_delay is not None:
            epoch.least_delay -= step


def _jumps(line: _Track, time: int, arrival_us: int) -> bool:
    delta = time - line.source_dts
    if delta < 0:
        return delta < -_BACK_US
    return delta > _JUMP_US and delta - (arrival_us - line.arrival_us) > _JUMP_US
