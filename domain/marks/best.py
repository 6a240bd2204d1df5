"""The best part of a track and its confidence, from votes by bucket of users and second."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_BOOTSTRAPS: Final = 400
_SAME_S: Final = 5  # a bootstrap agrees if its peak is within this


@dataclass(frozen=True, slots=True)
class Contour:
    """A peak of the heat map, as wide as more than half its height."""

    start_s: int
    end_s: int
    users: int
    confidence: float


def best_contour(deltas: npt.NDArray[np.int64]) -> Contour | None:
    """Return the peak of a heat map, or None if it is flat.

    Args:
        deltas: Buckets of users by seconds: +1 where a part begins, -1 where it ends.

    The confidence is the share of bootstraps over the buckets whose peak is at the same place:
    users, not saves, are drawn, since a user's saves are not independent (Efron 1979).
    """
    heat = np.cumsum(deltas, axis=1)
    total = heat.sum(axis=0)
    peak = int(total.argmax())
    height = int(total[peak])
    if height <= 0:
        return None
    lower = np.flatnonzero(2 * total <= height)
    before, after = lower[lower < peak], lower[lower > peak]
    start = int(before[-1]) + 1 if len(before) else 0
    end = int(after[0]) if len(after) else len(total)
    random = np.random.default_rng(len(total))
    buckets = len(heat)
    drawn = random.multinomial(buckets, np.full(buckets, 1 / buckets), size=_BOOTSTRAPS)
    heats = drawn @ heat
    peaks = heats.argmax(axis=1)
    agrees = (np.abs(peaks - peak) <= _SAME_S) & (heats.max(axis=1) > 0)
    return Contour(start, end, height, round(float(agrees.mean()), 3))
