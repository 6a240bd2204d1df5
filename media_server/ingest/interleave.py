"""Brings the packets of several tracks into the order of their times.

Segments of fragmented MP4 may hold all video before all audio, and separate playlists are read one
after the other; read in that order, one track would arrive seconds after the other.

Timestamps restart at discontinuities, and not in all tracks at once, so the order is that of a
clock of each track that goes on by a packet's duration instead.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from media_server.ingest.unit import AnyTrack, AvPacket, TrackPacket

_JUMP_S: Final = 3.0
_MOST_S: Final = 15.0  # longer than segments are; a track that is further behind is missing
_USUAL_S: Final = 1 / 30


@dataclass
class TrackClock:
    """The time of a track, which goes on over jumps of its timestamps."""

    time_s: float | None = None  # the newest source time
    key_s: float = 0.0  # where that is in the order
    step_s: float = _USUAL_S
    is_missing: bool = False

    def place(self, packet: AvPacket) -> float:
        """Return where the track's next packet is in the order, in seconds."""
        ticks = packet.dts if packet.dts is not None else packet.pts
        if ticks is None or packet.time_base is None:
            self.key_s += self.step_s
            return self.key_s
        time_s = float(ticks * packet.time_base)
        if self.time_s is None:
            self.key_s = time_s
        else:
            step = time_s - self.time_s
            is_jump = step < 0 or step > _JUMP_S
            self.key_s += self.step_s if is_jump else step
        if packet.duration:
            self.step_s = float(packet.duration * packet.time_base)
        self.time_s = time_s
        return self.key_s


@dataclass
class Interleaved:
    """Packets of one or several demuxers.

    Args:
        sources: The demuxers' packets.
        tracks: The tracks of each; all packets of a source belong to one of its tracks.
    """

    sources: Sequence[Iterator[TrackPacket]]
    tracks: Sequence[Sequence[AnyTrack]]
    _heap: list[tuple[float, int, TrackPacket]] = field(default_factory=list)
    _clocks: dict[int, TrackClock] = field(default_factory=dict)

    def __iter__(self) -> Iterator[TrackPacket]:
        """Yield packets in order until any of the sources ends."""
        for group in self.tracks:
            for track in group:
                self._clocks[id(track)] = TrackClock()
        number = 0
        while (item := next(self.sources[self._furthest_behind()], None)) is not None:
            clock = self._clocks[id(item.track)]
            clock.is_missing = False
            heapq.heappush(self._heap, (clock.place(item.packet), number, item))
            number += 1
            yield from self._due()
        while self._heap:
            yield heapq.heappop(self._heap)[2]

    def _furthest_behind(self) -> int:
        """Return the source to read from."""

        def reached(index: int) -> tuple[bool, float]:
            clocks = [self._clocks[id(track)] for track in self.tracks[index]]
            return any(c.time_s is not None for c in clocks), max(c.key_s for c in clocks)

        return min(range(len(self.sources)), key=reached)

    def _due(self) -> Iterator[TrackPacket]:
        """Yield what no packet that is still to come precedes."""
        while self._heap:
            newest = max(clock.key_s for clock in self._clocks.values())
            for clock in self._clocks.values():
                reached = self._heap[0][0] if clock.time_s is None else clock.key_s
                clock.is_missing = clock.is_missing or newest - reached > _MOST_S
            waited = [clock for clock in self._clocks.values() if not clock.is_missing]
            if any(c.time_s is None or c.key_s < self._heap[0][0] for c in waited):
                return
            yield heapq.heappop(self._heap)[2]
