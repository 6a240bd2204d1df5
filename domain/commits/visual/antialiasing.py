"""Finds pixels that only smooth an edge.

V. Vyšniauskas, "Anti-aliased Pixel and Intensity Slope Detector" (2009), with pixelmatch's rules
for ties and borders: such a pixel has at most two neighbours as bright as itself, and its darkest
or its brightest neighbour lies in a flat area of both pictures.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.commits.visual.delta import luma
from domain.commits.visual.pictures import Words

Places = NDArray[np.intp]  # indexes into the flat picture
Flags = NDArray[np.bool_]

_CHUNK: Final = 1 << 15  # places at a time: what they need fits into the processor's cache
_STEPS: Final = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]  # column by column


def antialiased(before: Words, after: Words, places: Places, *, opaque: bool) -> Flags:
    """Return which places are smoothed edges in either picture."""
    result = np.zeros(len(places), np.bool_)
    for start in range(0, len(places), _CHUNK):
        chunk = places[start : start + _CHUNK]
        found = _smooths(before, after, chunk, opaque=opaque)
        rest = np.flatnonzero(~found)
        found[rest] = _smooths(after, before, chunk[rest], opaque=opaque)
        result[start : start + _CHUNK] = found
    return result


def _smooths(picture: Words, other: Words, places: Places, *, opaque: bool) -> Flags:
    result = np.zeros(len(places), np.bool_)
    near, missing = _neighbours(picture, places)
    flat = picture.ravel()
    own = luma(flat[places], opaque=opaque)
    steps = luma(flat[near], opaque=opaque)
    np.subtract(own, steps, out=steps)
    few = np.count_nonzero(steps == 0, axis=0) - missing <= 2
    kept = np.flatnonzero(few)
    if not len(kept):
        return result
    steps, near = steps[:, kept], near[:, kept]
    each = np.arange(len(kept))
    lowest, highest = steps.argmin(axis=0), steps.argmax(axis=0)
    between = (steps[lowest, each] < 0) & (steps[highest, each] > 0)
    kept, lowest, highest, each = (v[between] for v in (kept, lowest, highest, each))
    flat_low = _is_flat(picture, near[lowest, each]) & _is_flat(other, near[lowest, each])
    flat_high = _is_flat(picture, near[highest, each]) & _is_flat(other, near[highest, each])
    result[kept] = flat_low | flat_high
    return result


def _is_flat(picture: Words, places: Places) -> Flags:
    """Return which places have three or more neighbours of exactly their colour."""
    near, missing = _neighbours(picture, places)
    flat = picture.ravel()
    same = np.count_nonzero(flat[near] == flat[places], axis=0)
    return np.asarray(same - missing > 2)


def _neighbours(picture: Words, places: Places) -> tuple[Places, Places]:
    """Return the eight neighbours of places; one outside the picture is the place itself.

    Also how many of those to take off a count of equal neighbours: a border counts as one.
    """
    height, width = picture.shape
    row, column = np.divmod(places, width)
    near = np.empty((8, len(places)), np.intp)
    for step, (x, y) in enumerate(_STEPS):
        np.add(places, y * width + x, out=near[step])
    missing = np.zeros(len(places), np.intp)
    border = (row == 0) | (row == height - 1) | (column == 0) | (column == width - 1)
    for index in np.flatnonzero(border):
        inside = [
            0 <= row[index] + y < height and 0 <= column[index] + x < width for x, y in _STEPS
        ]
        near[~np.array(inside), index] = places[index]
        missing[index] = inside.count(False) - 1
    return near, missing
