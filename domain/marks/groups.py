"""Groups of saves: how many lie within 2 s of each, and the densest of them."""

from typing import Final

import numpy as np
import numpy.typing as npt

NEAR_DS: Final = 20
_APART_DS: Final = 40
_BLOCK_DS: Final = 500

Numbers = npt.NDArray[np.int64]


def neighbours(spans: Numbers) -> Numbers:
    """Return for each span (start, end) how many spans are within 2.0 s of it at both ends.

    Summed-area tables (Crow 1984) over starts and ends: the cost does not grow with how many are
    close together, which in a self-join is the square. A table covers a block of starts, so that
    it stays small for long media.
    """
    counts = np.zeros(len(spans), dtype=np.int64)
    order = np.argsort(spans[:, 0], kind="stable")
    starts = spans[order, 0]
    begin = 0
    while begin < len(order):
        end = int(np.searchsorted(starts, starts[begin] + _BLOCK_DS, "left"))
        low = int(np.searchsorted(starts, starts[begin] - NEAR_DS, "left"))
        high = int(np.searchsorted(starts, starts[end - 1] + NEAR_DS, "right"))
        counts[order[begin:end]] = _counted(spans[order[low:high]], spans[order[begin:end]])
        begin = end
    return counts


def _counted(spans: Numbers, around: Numbers) -> Numbers:
    starts, starts_at = np.unique(spans[:, 0], return_inverse=True)
    ends, ends_at = np.unique(spans[:, 1], return_inverse=True)
    table = np.zeros((len(starts) + 1, len(ends) + 1), dtype=np.int64)
    np.add.at(table, (starts_at + 1, ends_at + 1), 1)
    table = table.cumsum(axis=0).cumsum(axis=1)
    low_start = np.searchsorted(starts, around[:, 0] - NEAR_DS, "left")
    high_start = np.searchsorted(starts, around[:, 0] + NEAR_DS, "right")
    low_end = np.searchsorted(ends, around[:, 1] - NEAR_DS, "left")
    high_end = np.searchsorted(ends, around[:, 1] + NEAR_DS, "right")
    return np.asarray(
        table[high_start, high_end]
        - table[low_start, high_end]
        - table[high_start, low_end]
        + table[low_start, low_end]
    )


def densest(spans: Numbers, most: int) -> list[tuple[int, int]]:
    """Return the densest spans, greedily, at least 4 s from each other at one end."""
    if not len(spans):
        return []
    unique, first = np.unique(spans, axis=0, return_index=True)
    counts = neighbours(spans)[first]
    order = np.lexsort((unique[:, 1], unique[:, 0], -counts))
    unique = unique[order]
    chosen: list[tuple[int, int]] = []
    free = np.ones(len(unique), dtype=bool)
    while len(chosen) < most and free.any():
        start, end = unique[int(free.argmax())]
        chosen.append((int(start), int(end)))
        free &= (np.abs(unique[:, 0] - start) > _APART_DS) | (
            np.abs(unique[:, 1] - end) > _APART_DS
        )
    return chosen
