"""Content that moved as a whole: found by phase correlation, then undone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.commits.visual.delta import luma
from domain.commits.visual.pictures import Words
from domain.commits.visual.regions import Bounds

_WINDOW: Final = 512  # pixels a side: enough to find a shift, whatever the picture's size
_MARGIN: Final = 16
_PEAKS: Final = 4
_VISIBLE: Final = 8 << 22  # brightness: eight steps of 255

Plane = NDArray[np.int32]
Shift = tuple[int, int]  # x, y: where the content of `before` is found in `after`


def find_shift(before: Words, after: Words, around: Bounds, max_shift: int) -> Shift | None:
    """Return by how much the content around a change moved, if that explains most of it."""
    x, y = _window(around, before.shape)
    a, b = luma(before[y, x], opaque=False), luma(after[y, x], opaque=False)
    still = _mismatches(a, b, (0, 0))
    candidates = [(_mismatches(a, b, shift), shift) for shift in _peaks(a, b, max_shift)]
    if not candidates:
        return None
    fewest, shift = min(candidates)
    return shift if fewest < still / 2 else None


def undone(before: Words, after: Words, around: Bounds, shift: Shift) -> Words:
    """Return `before` with the area around a change moved; what has no origin is taken as it is."""
    left, top, right, bottom = around
    height, width = before.shape
    moved = before.copy()
    moved[top:bottom, left:right] = after[top:bottom, left:right]
    x0, x1 = max(left, shift[0]), min(right, width + shift[0])
    y0, y1 = max(top, shift[1]), min(bottom, height + shift[1])
    if x0 < x1 and y0 < y1:
        source = before[y0 - shift[1] : y1 - shift[1], x0 - shift[0] : x1 - shift[0]]
        moved[y0:y1, x0:x1] = source
    return moved


def _window(around: Bounds, shape: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, right, bottom = around
    return _span(left, right, shape[1]), _span(top, bottom, shape[0])


def _span(start: int, end: int, length: int) -> slice:
    size = min(_WINDOW, length, end - start + 2 * _MARGIN)
    first = min(max(0, (start + end - size) // 2), length - size)
    return slice(first, first + size)


def _peaks(before: Plane, after: Plane, max_shift: int) -> list[Shift]:
    height, width = before.shape
    if min(height, width) < _MARGIN:
        return []
    taper = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    size = _fast(height), _fast(width)
    a, b = (np.fft.rfft2(_centred(plane) * taper, size) for plane in (before, after))
    cross = b * a.conj()
    cross /= np.abs(cross) + np.float32(1e-9) * np.abs(cross).max() + 1
    found = np.fft.irfft2(cross, size)
    reach_y, reach_x = min(max_shift, height // 2), min(max_shift, width // 2)
    near = np.roll(found, (reach_y, reach_x), (0, 1))[: 2 * reach_y + 1, : 2 * reach_x + 1]
    near[reach_y, reach_x] = -1  # no shift
    best = np.argpartition(near.ravel(), -_PEAKS)[-_PEAKS:]
    rows, columns = np.unravel_index(best, near.shape)
    return [(int(x) - reach_x, int(y) - reach_y) for x, y in zip(columns, rows, strict=True)]


def _centred(plane: Plane) -> NDArray[np.float32]:
    values = plane.astype(np.float32)
    values -= values.mean(dtype=np.float32)
    return values


def _fast(length: int) -> int:
    """Return a length that the transform takes quickly."""
    return int(1 << (length - 1).bit_length())


def _mismatches(before: Plane, after: Plane, shift: Shift) -> int:
    x, y = shift
    height, width = before.shape
    a = before[max(0, -y) : height - max(0, y), max(0, -x) : width - max(0, x)]
    b = after[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]
    return int(np.count_nonzero(np.abs(a - b) > _VISIBLE))
