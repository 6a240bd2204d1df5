"""Sample tables of an mp4 file, built from columns (ISO 14496-12, 8.6 and 8.7)."""

import struct
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from media_server.media.boxes import full_box
from media_server.media.packet import Buffer
from media_server.media.run import Column


@dataclass(slots=True)
class Chunk:
    """Consecutive samples of one track in the file; `offset` counts from mdat's payload."""

    at_us: int
    entry: int  # the sample description, from 1
    size: Column
    buffers: tuple[Buffer, ...]
    offset: int = 0
    byte_size: int = 0

    def __post_init__(self) -> None:
        self.byte_size = sum(map(len, self.buffers))


@dataclass(frozen=True, slots=True)
class Table:
    """A track of a file; `shown` and `empty` in the movie's timescale, the rest in its own."""

    track_id: int
    timescale: int
    duration: int
    media_start: int
    shown: int
    empty: int
    boxes: list[bytes]
    chunks: list[Chunk]


def to_ticks(us: Column) -> Column:
    """Return microseconds as ticks of 90 kHz, rounded; exact for whole ticks within a clip."""
    return (us * 9 + 50) // 100


def stbl(
    entries: list[bytes],
    delta: Column,
    size: Column,
    *,
    composition: Column | None = None,
    is_key: NDArray[np.bool_] | None = None,
    roll: int = 0,
) -> list[bytes]:
    """Return the boxes of a sample table, except those with sample locations."""
    boxes = [
        full_box(b"stsd", struct.pack(">I", len(entries)), *entries),
        full_box(b"stts", _runs(delta)),
    ]
    if composition is not None and composition.any():
        signed = 1 if composition.min() < 0 else 0
        boxes.append(full_box(b"ctts", _runs(composition), version=signed))
    if is_key is not None and not is_key.all():
        numbers = (np.flatnonzero(is_key) + 1).astype(">u4")
        boxes.append(full_box(b"stss", struct.pack(">I", len(numbers)), numbers.tobytes()))
    boxes.append(full_box(b"stsz", struct.pack(">II", 0, len(size)), size.astype(">u4").tobytes()))
    if roll:
        boxes += _roll(len(size), roll)
    return boxes


def _runs(values: Column) -> bytes:
    """Return values as (count, value) pairs, prefixed with the number of pairs."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    starts = np.empty(len(changes) + 2, np.int64)
    starts[0], starts[1:-1], starts[-1] = 0, changes, len(values)
    pairs = np.empty((len(starts) - 1, 2), ">i4")
    pairs[:, 0] = starts[1:] - starts[:-1]
    pairs[:, 1] = values[starts[:-1]]
    return struct.pack(">I", len(pairs)) + pairs.tobytes()


def _roll(count: int, distance: int) -> list[bytes]:
    """State how many samples a decoder must see before this one (8.9, roll recovery)."""
    description = struct.pack(">4sIIh", b"roll", 2, 1, distance)
    return [
        full_box(b"sgpd", description, version=1),
        full_box(b"sbgp", struct.pack(">4sIII", b"roll", 1, count, 1)),
    ]


def chunk_map(chunks: list[Chunk]) -> bytes:
    """Return the box with each chunk's sample count and description."""
    shapes = [(len(chunk.size), chunk.entry) for chunk in chunks]
    rows, number = [], 1
    for (count, entry), group in groupby(shapes):
        rows.append(struct.pack(">III", number, count, entry))
        number += len(list(group))
    return full_box(b"stsc", struct.pack(">I", len(rows)), *rows)


def offsets(chunks: list[Chunk], start: int, *, large: bool) -> bytes:
    """Return the box with the chunk offsets, which count from `start`."""
    values = [start + chunk.offset for chunk in chunks]
    kind, code = (b"co64", "Q") if large else (b"stco", "I")
    return full_box(kind, struct.pack(f">I{len(values)}{code}", len(values), *values))
