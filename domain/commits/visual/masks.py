"""Which pixels changed: bands of rows that differ at all, then the pixels in them that differ."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.commits.visual.antialiasing import antialiased
from domain.commits.visual.delta import deltas, limit
from domain.commits.visual.pictures import Words
from domain.commits.visual.settings import Settings

Mask = NDArray[np.bool_]
_BAND: Final = 1 << 16  # pixels at a time: both pictures' fit into the processor's cache


@dataclass(slots=True)
class Masks:
    """The pixels over each threshold, and counts."""

    fine: Mask
    color: Mask
    differing: int = 0
    antialiased: int = 0


def masks(before: Words, after: Words, settings: Settings, *, opaque: bool) -> Masks:
    """Return what changed between two pictures of one size."""
    height, width = before.shape
    fine, color = np.zeros(before.shape, np.bool_), np.zeros(before.shape, np.bool_)
    found = Masks(fine, color)
    limits = limit(settings.fine_threshold), limit(settings.color_threshold)
    ignored = _ignored(settings, height, width)
    flat_before, flat_after = before.ravel(), after.ravel()
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        differs = before[top : top + rows] != after[top : top + rows]
        if ignored is not None:
            differs &= ~ignored[top : top + rows]
        places = np.flatnonzero(differs)
        if not len(places):
            continue
        places += top * width
        found.differing += len(places)
        delta = deltas(flat_before[places], flat_after[places], opaque=opaque)
        over = delta > min(limits)
        places, delta = places[over], delta[over]
        if settings.antialiasing:
            smooth = antialiased(before, after, places, opaque=opaque)
            found.antialiased += int(np.count_nonzero(smooth))
            places, delta = places[~smooth], delta[~smooth]
        fine.ravel()[places[delta > limits[0]]] = True
        color.ravel()[places[delta > limits[1]]] = True
    return found


def _ignored(settings: Settings, height: int, width: int) -> Mask | None:
    if not settings.ignore:
        return None
    mask = np.zeros((height, width), np.bool_)
    for region in settings.ignore:
        mask[region.y : region.y + region.height, region.x : region.x + region.width] = True
    return mask
