"""The verdict on two pictures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from domain.commits.visual.masks import Mask, Masks, masks
from domain.commits.visual.pictures import Picture, Words, read, same_size, sha256
from domain.commits.visual.regions import bounds, boxes, fingerprint
from domain.commits.visual.result import Comparison
from domain.commits.visual.settings import Settings
from domain.commits.visual.shift import find_shift, undone

_DEFAULTS: Final = Settings()
_LEAST_MOVED: Final = 100  # pixels that change before a shift is looked for


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, with the pixels that changed (None if the files are identical)."""

    comparison: Comparison
    mask: Mask | None = field(default=None, repr=False)


def compare(before: bytes, after: bytes, settings: Settings = _DEFAULTS) -> Compared:
    """Compare two encoded pictures; equal files are only decoded once.

    Raises:
        PictureError: One of them is damaged, unknown or too large.
    """
    if before == after:
        new = read(after)
        return Compared(Comparison("identical", new.width, new.height))
    with ThreadPoolExecutor(2) as threads:  # decoding holds no lock of Python's
        old, new = threads.map(read, (before, after))
    return compare_pictures(old, new, settings)


def compare_with_variants(
    variants: Sequence[bytes], after: bytes, settings: Settings = _DEFAULTS
) -> tuple[int, Compared]:
    """Compare a picture with the accepted variants of a baseline; any of them may match.

    Returns the index of the first match, or of the closest, and that comparison.

    Raises:
        PictureError: One of them is damaged, unknown or too large.
        ValueError: There is no variant.
    """
    new = read(after)
    best: tuple[int, Compared] | None = None
    for index, variant in enumerate(variants):
        if sha256(variant) == new.sha256:
            return index, Compared(Comparison("identical", new.width, new.height))
        found = compare_pictures(read(variant), new, settings)
        if found.comparison.is_match:
            return index, found
        if best is None or found.comparison.changed < best[1].comparison.changed:
            best = index, found
    if best is None:
        message = "A baseline needs at least one picture."
        raise ValueError(message)
    return best


def compare_pictures(before: Picture, after: Picture, settings: Settings = _DEFAULTS) -> Compared:
    """Compare two decoded pictures.

    Raises:
        PictureError: Enlarged to one size, they are too large.
    """
    if before.sha256 == after.sha256:
        return Compared(Comparison("identical", after.width, after.height))
    a, b = same_size(before, after)
    opaque = before.is_opaque and after.is_opaque and before.words.shape == after.words.shape
    return _compared(a, b, settings, opaque=opaque)


def _compared(before: Words, after: Words, settings: Settings, *, opaque: bool) -> Compared:
    found = masks(before, after, settings, opaque=opaque)
    mask = _counted(found, settings)
    shift = None
    around = bounds(mask)
    if around and settings.max_shift and np.count_nonzero(mask) >= _LEAST_MOVED:
        shift = find_shift(before, after, around, settings.max_shift)
    if around and shift:
        aligned = undone(before, after, around, shift)
        rest = masks(aligned, after, settings, opaque=opaque)
        rest_mask = _counted(rest, settings)
        if 2 * np.count_nonzero(rest_mask) <= np.count_nonzero(mask):
            rest.differing = found.differing
            found, mask = rest, rest_mask
        else:
            shift = None
    return _judged(found, mask, shift or (0, 0), settings)


def _judged(found: Masks, mask: Mask, shift: tuple[int, int], settings: Settings) -> Compared:
    height, width = mask.shape
    comparison = Comparison(
        "changed",
        width,
        height,
        differing=found.differing,
        fine=int(np.count_nonzero(found.fine)),
        color=int(np.count_nonzero(found.color)),
        antialiased=found.antialiased,
        changed=int(np.count_nonzero(mask)),
        shift_x=shift[0],
        shift_y=shift[1],
        mask=fingerprint(mask),
        boxes=boxes(mask),
    )
    if not comparison.differing and not settings.ignore:
        comparison = replace(comparison, verdict="identical")
    elif not comparison.changed:
        is_allowed = comparison.moved_by <= settings.allowed_shift
        comparison = replace(comparison, verdict="unchanged" if is_allowed else "moved")
    elif comparison.mask in settings.ignored_masks:
        comparison = replace(comparison, verdict="ignored")
    return Compared(comparison, mask)


def _counted(found: Masks, settings: Settings) -> Mask:
    """Return the pixels that are over a limit: none, the fine ones, or those of any new colour."""
    total = found.fine.size
    if np.count_nonzero(found.color) > settings.color_share * total:
        return found.color | found.fine
    allowed = min(settings.fine_pixels, settings.fine_share * total)
    if np.count_nonzero(found.fine) > allowed:
        return found.fine
    return np.zeros_like(found.fine)
