"""The shape of a change: numbered boxes, and a fingerprint to know it again by."""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.commits.visual.masks import Mask
from domain.commits.visual.result import Box

_CELL: Final = 16  # pixels; changes in neighbouring cells are one region
_MAX_BOXES: Final = 99
_GRID: Final = 16
_ROUNDING: Final = 8  # pixels by which the same change may lie elsewhere

Bounds = tuple[int, int, int, int]  # left, top, right, bottom; half-open


def bounds(mask: Mask) -> Bounds | None:
    """Return the smallest rectangle around a mask's pixels."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom


def boxes(mask: Mask) -> tuple[Box, ...]:
    """Return the connected regions in reading order; close ones are joined until 99 are left."""
    around = bounds(mask)
    if around is None:
        return ()
    cell = _CELL
    while len(found := _regions(mask, around, cell)) > _MAX_BOXES:
        cell *= 2
    return tuple(Box(number, *box) for number, box in enumerate(_in_reading_order(found), start=1))


def fingerprint(mask: Mask) -> str | None:
    """Return the identity of a change: where it is, roughly, and its shape on a 16 by 16 grid."""
    around = bounds(mask)
    if around is None:
        return None
    left, top, right, bottom = around
    place = [left // _ROUNDING, top // _ROUNDING, -(-right // _ROUNDING), -(-bottom // _ROUNDING)]
    inner = mask[top:bottom, left:right]
    lines = np.logical_or.reduceat(inner, _starts(inner.shape[0]), axis=0)
    cells = np.logical_or.reduceat(lines, _starts(inner.shape[1]), axis=1)
    data = repr(place).encode() + np.packbits(cells).tobytes()
    return "m1-" + hashlib.sha256(data).hexdigest()[:32]


def _starts(length: int) -> NDArray[np.intp]:
    return np.unique(np.arange(_GRID) * length // _GRID)


_Found = tuple[int, int, int, int, int]  # x, y, width, height, pixels


def _regions(mask: Mask, around: Bounds, cell: int) -> list[_Found]:
    left, top, right, bottom = around
    left, top = left - left % cell, top - top % cell
    part = mask[top:bottom, left:right]
    padded = np.pad(part, ((0, -part.shape[0] % cell), (0, -part.shape[1] % cell)))
    down, across = padded.shape[0] // cell, padded.shape[1] // cell
    # Rows first, for they lie in a line; eight pixels are one word.
    heights = np.add.reduce(padded.reshape(down, cell, -1), axis=1, dtype=np.uint16)
    columns_of = heights.reshape(down, across, cell)
    words = padded.view(np.uint64).reshape(down, cell, across, cell // 8)
    counts = columns_of.sum(axis=2, dtype=np.int64)
    rows, columns = np.nonzero(counts)
    in_row = np.bitwise_or.reduce(words, axis=3)[rows, :, columns] > 0
    in_column = columns_of[rows, columns] > 0
    labels = _labels(counts > 0)[rows, columns]
    total = int(labels.max()) + 1
    x0, y0 = np.full(total, 1 << 40), np.full(total, 1 << 40)
    x1, y1, pixels = np.zeros(total, int), np.zeros(total, int), np.zeros(total, int)
    np.minimum.at(y0, labels, rows * cell + in_row.argmax(axis=1))
    np.minimum.at(x0, labels, columns * cell + in_column.argmax(axis=1))
    np.maximum.at(y1, labels, (rows + 1) * cell - in_row[:, ::-1].argmax(axis=1))
    np.maximum.at(x1, labels, (columns + 1) * cell - in_column[:, ::-1].argmax(axis=1))
    np.add.at(pixels, labels, counts[rows, columns])
    values = zip(x0 + left, y0 + top, x1 - x0, y1 - y0, pixels, strict=True)
    return [(int(x), int(y), int(w), int(h), int(n)) for x, y, w, h, n in values]


def _labels(cells: Mask) -> NDArray[np.intp]:
    """Return the number of each cell's region, from 0; cells that touch are of one region."""
    parents: list[int] = []
    labels = np.zeros(cells.shape, np.intp)
    above: list[tuple[int, int, int]] = []  # the runs of the row above: start, end, label
    for row, line in enumerate(cells):
        edges = np.flatnonzero(np.diff(line.astype(np.int8), prepend=0, append=0)).tolist()
        runs = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            label = len(parents)
            parents.append(label)
            for other_start, other_end, other in above:
                if other_start <= end and start <= other_end:  # also by a corner
                    parents[_root(parents, label)] = _root(parents, other)
            labels[row, start:end] = label
            runs.append((start, end, label))
        above = runs
    roots = np.array([_root(parents, label) for label in range(len(parents))], np.intp)
    return np.unique(roots, return_inverse=True)[1].astype(np.intp)[labels]


def _root(parents: list[int], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


def _in_reading_order(found: list[_Found]) -> list[_Found]:
    """Sort by lines: what starts above the middle of a line's first box is in that line."""
    rest = sorted(found, key=lambda box: (box[1], box[0]))
    result: list[_Found] = []
    while rest:
        middle = rest[0][1] + rest[0][3] / 2
        line = [box for box in rest if box[1] < middle]
        result += sorted(line)
        rest = rest[len(line) :]
    return result
