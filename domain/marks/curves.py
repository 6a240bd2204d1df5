"""Heat maps and best parts out of where saves begin and end; loaded when asked for."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.marks import best, groups
from domain.marks.models import Heat

_LONGEST_S: Final = 7 * 24 * 3600
_MOST_BUCKETS: Final = 600
_USER_BUCKETS: Final = 32

Numbers = npt.NDArray[np.int64]


def heat_map(
    every: Sequence[tuple[int, int]],
    seen: Sequence[tuple[int, int]],
    length_ms: int | None,
    threshold: int,
) -> Heat:
    """Return a heat map out of edges (tenth of a second, change in users).

    Where fewer than `threshold` users saved, it has only those that the viewer can see.
    """
    last_ds = max((at for at, _ in (*every, *seen)), default=0)
    length_s = min(_LONGEST_S, max(-(-last_ds // 10), -(-(length_ms or 0) // 1000), 1))
    total, visible = _running(every, length_s), _running(seen, length_s)
    shown = np.where(total >= threshold, total, visible)
    bucket_s = -(-length_s // _MOST_BUCKETS)
    size = bucket_s * 10
    padded = np.pad(shown, (0, -len(shown) % size)).reshape(-1, size)
    return Heat(bucket_s, tuple(int(value) for value in padded.max(axis=1)))


def best_contour(votes: Sequence[tuple[int, int, int]]) -> best.Contour | None:
    """Return the peak of votes (bucket of users, second, change), or None without any."""
    at = np.array(votes, dtype=np.int64).reshape(-1, 3)
    at = at[(at[:, 1] >= 0) & (at[:, 1] < _LONGEST_S)]
    matrix = np.zeros((_USER_BUCKETS, int(at[:, 1].max(initial=0)) + 1), dtype=np.int64)
    np.add.at(matrix, (at[:, 0], at[:, 1]), at[:, 2])
    return best.best_contour(matrix)


def densest(spans: Sequence[tuple[int, int, int]], most: int) -> list[tuple[int, int]]:
    """Return the densest of spans (start, end, how often), at least 4 s from each other."""
    counted = np.array(spans, dtype=np.int64).reshape(-1, 3)
    return groups.densest(np.repeat(counted[:, :2], counted[:, 2], axis=0), most)


def _running(edges: Sequence[tuple[int, int]], length_s: int) -> Numbers:
    """Return the number of users at each tenth of a second; what lies before 0 is at 0."""
    at = np.array(edges, dtype=np.int64).reshape(-1, 2)
    deltas = np.zeros(length_s * 10 + 1, dtype=np.int64)
    np.add.at(deltas, np.clip(at[:, 0], 0, length_s * 10), at[:, 1])
    return np.cumsum(deltas)[:-1]
