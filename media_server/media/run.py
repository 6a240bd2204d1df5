"""Packets of one track as columns and blocks of bytes, for cutting, writing and serving."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_server.media.packet import Buffer

Column = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one track in decode order.

    The columns have one row per packet. The packets' bytes are consecutive in `buffers`: one buffer
    per packet, or fewer, larger ones.
    """

    pts_us: Column
    dts_us: Column
    duration_us: Column
    size: Column
    is_key: NDArray[np.bool_]
    buffers: tuple[Buffer, ...]

    def __len__(self) -> int:
        return len(self.size)

    @property
    def byte_size(self) -> int:
        """Encoded bytes of all packets."""
        return int(self.size.sum())

    def slice(self, start: int, stop: int) -> "Run":
        """Return rows [start, stop) without copying their bytes."""
        if start <= 0 and stop >= len(self):
            return self
        rows = slice(start, stop)
        return Run(
            self.pts_us[rows],
            self.dts_us[rows],
            self.duration_us[rows],
            self.size[rows],
            self.is_key[rows],
            self._bytes_of(start, stop),
        )

    def take(self, keep: NDArray[np.bool_]) -> "Run":
        """Return the marked rows, without copying their bytes."""
        if keep.all():
            return self
        views = tuple(view for view, kept in zip(self.packets(), keep, strict=True) if kept)
        return Run(
            self.pts_us[keep],
            self.dts_us[keep],
            self.duration_us[keep],
            self.size[keep],
            self.is_key[keep],
            views,
        )

    def packets(self) -> Iterator[Buffer]:
        """Yield each packet's bytes, as views."""
        if len(self.buffers) == len(self):
            yield from self.buffers
            return
        blocks = iter(self.buffers)
        block, at = memoryview(b""), 0
        for size in self.size.tolist():
            while at >= len(block):
                block, at = memoryview(next(blocks)), 0
            yield block[at : at + size]
            at += size

    def _bytes_of(self, start: int, stop: int) -> tuple[Buffer, ...]:
        if len(self.buffers) == len(self):
            return self.buffers[start:stop]
        if len(self.buffers) == 1:
            first = int(self.size[:start].sum())
            length = int(self.size[start:stop].sum())
            return (memoryview(self.buffers[0])[first : first + length],)
        return tuple(self.packets())[start:stop]


def concat(runs: Sequence[Run]) -> Run:
    """Join several runs of a track, in order."""
    if len(runs) == 1:
        return runs[0]
    return Run(
        np.concatenate([run.pts_us for run in runs]),
        np.concatenate([run.dts_us for run in runs]),
        np.concatenate([run.duration_us for run in runs]),
        np.concatenate([run.size for run in runs]),
        np.concatenate([run.is_key for run in runs]),
        tuple(buffer for run in runs for buffer in run.buffers),
    )


def presentation_ends(run: Run) -> Column:
    """Return when each frame leaves the screen: the next pts in presentation order.

    The last one ends after its own duration.
    """
    order = np.argsort(run.pts_us, kind="stable")
    ends = np.empty(len(run), np.int64)
    ends[order[:-1]] = run.pts_us[order[1:]]
    last = order[-1]
    ends[last] = run.pts_us[last] + run.duration_us[last]
    return ends
