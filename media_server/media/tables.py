"""Sample tables of an mp4 file, made from columns (ISO 14496-12, 8.6 and 8.7)."""

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
    """Samples of one track that lie together in the file; `offset` counts from mdat's payload."""

    at_us: int
    entry: int  # the sample description, from 1
    size: Column
    buffers: tuple[Buffer, ...]
    offset: int = 0

    @property
    def byte_size(self) -> int:
        """Bytes of all samples."""
        return int(self.size.sum())


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
    """Return the boxes of a sample table, without those that say where samples lie."""
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
    """Return values as (count, value) pairs behind the number of pairs."""
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    pairs = np.empty((len(starts), 2), ">i4")
    pairs[:, 0] = np.diff(starts, append=len(values))
    pairs[:, 1] = values[starts]
    return struct.pack(">I", len(starts)) + pairs.tobytes()


def _roll(count: int, distance: int) -> list[bytes]:
    """Say how many samples before one a decoder must have seen (8.9, roll recovery)."""
    description = struct.pack(">4sIIh", b"roll", 2, 1, distance)
    return [
        full_box(b"sgpd", description, version=1),
        full_box(b"sbgp", struct.pack(">4sIII", b"roll", 1, count, 1)),
    ]


def chunk_tables(chunks: list[Chunk], start: int, *, large: bool) -> list[bytes]:
    """Return the boxes that say where samples lie; offsets count from `start`."""
    shapes = [(len(chunk.size), chunk.entry) for chunk in chunks]
    rows, number = [], 1
    for (count, entry), group in groupby(shapes):
        rows.append(struct.pack(">III", number, count, entry))
        number += len(list(group))
    offsets = np.array([chunk.offset for chunk in chunks], np.int64) + start
    payload = offsets.astype(">u8" if large else ">u4").tobytes()
    kind = b"co64" if large else b"stco"
    return [
        full_box(b"stsc", struct.pack(">I", len(rows)), *rows),
        full_box(kind, struct.pack(">I", len(chunks)), payload),
    ]
