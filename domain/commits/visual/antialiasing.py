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
Numbers = NDArray[np.int8]

_CHUNK: Final = 1 << 14  # places at a time: what they need fits into the processor's cache
_STEPS: Final = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]  # column by column


def antialiased(before: Words, after: Words, places: Places, *, opaque: bool) -> Flags:
    """Return which places, in ascending order, are smoothed edges in either picture."""
    result = np.zeros(len(places), np.bool_)
    if not len(places):
        return result
    height, width = before.shape
    # Only the rows around them: neighbours' neighbours are two rows away.
    top = max(0, int(places[0]) // width - 2)
    bottom = min(height, int(places[-1]) // width + 3)
    flat = _flat(before, top, bottom) & _flat(after, top, bottom)
    before, after = before[top:bottom], after[top:bottom]
    places = places - top * width
    for start in range(0, len(places), _CHUNK):
        chunk = places[start : start + _CHUNK]
        near, missing = _neighbours(chunk, before.shape)
        found = _slopes(before, chunk, near, missing, flat, opaque=opaque)
        rest = np.flatnonzero(~found)
        found[rest] = _slopes(after, chunk[rest], near[:, rest], missing[rest], flat, opaque=opaque)
        result[start : start + _CHUNK] = found
    return result


def _slopes(
    picture: Words,
    places: Places,
    near: Places,
    missing: NDArray[np.int8],
    flat: Flags,
    *,
    opaque: bool,
) -> Flags:
    """Return which places have a darker and a brighter neighbour, one of them in a flat area."""
    result = np.zeros(len(places), np.bool_)
    words = picture.ravel()
    own, around = words[places], words[near]
    # Equal colours are equally bright: most places need no more.
    kept = np.flatnonzero(_number(around == own) - missing <= 2)
    steps = luma(around[:, kept], opaque=opaque)
    np.subtract(luma(own[kept], opaque=opaque), steps, out=steps)
    low, high = steps.min(axis=0), steps.max(axis=0)
    is_slope = (_number(steps == 0) - missing[kept] <= 2) & (low < 0) & (high > 0)
    kept, steps = kept[is_slope], steps[:, is_slope]
    ends = [near[at, kept] for at in (steps.argmin(axis=0), steps.argmax(axis=0))]
    result[kept] = flat[ends[0]] | flat[ends[1]]
    return result


def _number(flags: Flags) -> Numbers:
    """Count along the first axis, which is short."""
    found: Numbers = np.add.reduce(flags.view(np.int8), axis=0, dtype=np.int8)
    return found


def _flat(picture: Words, top: int, bottom: int) -> Flags:
    """Return which pixels of some rows have three or more neighbours of exactly their colour.

    A border of the picture counts as one. The outermost rows are right only at a border.
    """
    part = picture[top:bottom]
    same = np.zeros(part.shape, np.uint8)
    for one, other in (
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    ):
        equal = part[one] == part[other]
        same[one] += equal
        same[other] += equal
    same[1:-1, [0, -1]] += 1
    if top == 0:
        same[0] += 1
    if bottom == picture.shape[0]:
        same[-1] += 1
    return np.asarray(same > 2).ravel()


def _neighbours(places: Places, shape: tuple[int, ...]) -> tuple[Places, Numbers]:
    """Return the eight neighbours of places; one outside the picture is the place itself.

    Also how many of those to take off a count of equal neighbours: a border counts as one.
    """
    height, width = shape
    near = np.empty((8, len(places)), np.intp)
    for step, (x, y) in enumerate(_STEPS):
        np.add(places, y * width + x, out=near[step])
    missing = np.zeros(len(places), np.int8)
    column = places % width
    border = (places < width) | (places >= (height - 1) * width) | (column == 0)
    border |= column == width - 1
    for index in np.flatnonzero(border):
        row, at = divmod(int(places[index]), width)
        inside = [0 <= row + y < height and 0 <= at + x < width for x, y in _STEPS]
        near[~np.array(inside), index] = places[index]
        missing[index] = inside.count(False) - 1
    return near, missing
