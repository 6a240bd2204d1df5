"""One track's chunks in the ring: GOPs of video, about a second of audio."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from media_server.media.packet import Buffer, Header, Packet
from media_server.media.run import Run, concat


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch with one header and no discontinuity; a new one is an HLS discontinuity."""

    number: int
    header: Header


class Row(NamedTuple):
    """One packet's times, without its bytes."""

    section: Section
    pts_us: int
    dts_us: int
    duration_us: int
    is_key: bool


class Chunk:
    """A GOP (from its keyframe on) or a stretch of audio, growing until the next one begins."""

    __slots__ = (
        "byte_size", "data", "dts", "duration", "end_us", "first", "frozen", "is_key", "pts",
        "section", "start_us",
    )  # fmt: skip

    def __init__(self, section: Section, first: int, start_us: int) -> None:
        self.section = section
        self.first = first  # its first packet's running number in the track
        self.start_us = start_us  # pts of its first packet
        self.end_us = start_us  # the latest end of any packet
        self.byte_size = 0
        self.pts: list[int] = []
        self.dts: list[int] = []
        self.duration: list[int] = []
        self.is_key: list[bool] = []
        self.data: list[Buffer] = []
        self.frozen: Run | None = None

    def __len__(self) -> int:
        return len(self.frozen) if self.frozen is not None else len(self.pts)

    @property
    def stop(self) -> int:
        """The running number after its last packet."""
        return self.first + len(self)

    def append(self, packet: Packet) -> None:
        """Append a packet."""
        _, pts_us, dts_us, duration_us, is_key, data = packet
        self.pts.append(pts_us)
        self.dts.append(dts_us)
        self.duration.append(duration_us)
        self.is_key.append(is_key)
        self.data.append(data)
        self.byte_size += len(data)
        self.end_us = max(self.end_us, pts_us + duration_us)

    def freeze(self, *, compact: bool) -> None:
        """Turn the lists into columns, and the packets' bytes into one block."""
        if self.frozen is not None:
            return
        run = self.run(0, len(self.pts))
        if compact:
            joined = (b"".join(self.data),)
            run = Run(run.pts_us, run.dts_us, run.duration_us, run.size, run.is_key, joined)
        self.frozen = run
        self.pts, self.dts, self.duration, self.is_key, self.data = [], [], [], [], []

    def run(self, start: int, stop: int) -> Run:
        """Return packets [start, stop), counted from the chunk's first."""
        if self.frozen is not None:
            return self.frozen.slice(start, stop)
        rows = slice(start, stop)
        data = self.data[rows]
        return Run(
            np.array(self.pts[rows], np.int64),
            np.array(self.dts[rows], np.int64),
            np.array(self.duration[rows], np.int64),
            np.array([len(item) for item in data], np.int64),
            np.array(self.is_key[rows], np.bool_),
            tuple(data),
        )

    def row(self, index: int) -> Row:
        """Return a packet's times, counted from the chunk's first."""
        if self.frozen is not None:
            run = self.frozen
            return Row(
                self.section,
                int(run.pts_us[index]),
                int(run.dts_us[index]),
                int(run.duration_us[index]),
                bool(run.is_key[index]),
            )
        return Row(
            self.section,
            self.pts[index],
            self.dts[index],
            self.duration[index],
            self.is_key[index],
        )

    def all(self) -> Run:
        """Return all its packets."""
        return self.run(0, len(self))


_START = attrgetter("start_us")
_FIRST = attrgetter("first")


class TrackRing:
    """The chunks of one track, oldest first, with running packet numbers that never repeat."""

    def __init__(self, *, compact: bool) -> None:
        self.chunks: list[Chunk] = []
        self.next_number = 0
        self.byte_size = 0
        self.last_dts: int | None = None
        self.last_duration = 0
        self._compact = compact

    def append(self, packet: Packet, section: Section, *, new_chunk: bool) -> None:
        """Append a packet to the open chunk or a new one."""
        if new_chunk or not self.chunks:
            if self.chunks:
                self.chunks[-1].freeze(compact=self._compact)
            self.chunks.append(Chunk(section, self.next_number, packet.pts_us))
        self.chunks[-1].append(packet)
        self.next_number += 1
        self.byte_size += len(packet.data)
        self.last_dts, self.last_duration = packet.dts_us, packet.duration_us

    def evict(self) -> None:
        """Evict the oldest chunk; selections that reference it keep its bytes."""
        self.byte_size -= self.chunks.pop(0).byte_size

    @property
    def first_number(self) -> int:
        """The running number of the oldest packet held."""
        return self.chunks[0].first if self.chunks else self.next_number

    def row(self, number: int) -> Row | None:
        """Return a packet's times by its running number, or None if it is not held."""
        if number >= self.next_number or number < self.first_number:
            return None
        chunk = self.chunks[-1]
        if number < chunk.first:
            chunk = self.chunks[bisect_right(self.chunks, number, key=_FIRST) - 1]
        return chunk.row(number - chunk.first)

    def index_at(self, us: int) -> int:
        """Return the index of the last chunk that starts at or before an instant, or -1."""
        return bisect_right(self.chunks, us, key=_START) - 1

    def numbered(self, start: int, stop: int) -> Run | None:
        """Return the packets numbered [start, stop), or None if some have been evicted."""
        if start >= stop or not self.chunks or start < self.chunks[0].first:
            return None
        runs = []
        index = bisect_right(self.chunks, start, key=_FIRST) - 1
        for chunk in self.chunks[index:]:
            if chunk.first >= stop:
                break
            runs.append(chunk.run(max(0, start - chunk.first), min(len(chunk), stop - chunk.first)))
        return concat(runs)

    def overlapping(self, start_us: int, end_us: int) -> Iterator[tuple[Section, Run]]:
        """Yield the packets presented during [start, end), chunk by chunk (for tracks in order)."""
        index = max(0, self.index_at(start_us) - 1)
        for chunk in self.chunks[index:]:
            if chunk.start_us >= end_us:
                break
            if chunk.end_us <= start_us:
                continue
            run = chunk.all()
            if chunk.start_us > start_us and chunk.end_us <= end_us:
                yield chunk.section, run
                continue
            ends = run.pts_us + run.duration_us
            first = int(np.searchsorted(ends, start_us, side="right"))
            stop = int(np.searchsorted(run.pts_us, end_us, side="left"))
            if first < stop:
                yield chunk.section, run.slice(first, stop)
