"""The noise of a capture: two pictures of the same thing, and the limits that accept it."""

from dataclasses import replace
from typing import Final

import numpy as np

from domain.commits.visual.comparing import compare_pictures
from domain.commits.visual.delta import Ints, deltas, limit, threshold_of
from domain.commits.visual.masks import masks
from domain.commits.visual.pictures import read, same_size
from domain.commits.visual.result import Calibration, Comparison
from domain.commits.visual.settings import Settings

_HIGHEST: Final = 0.3  # a higher threshold hides what people see
_MARGIN: Final = 1.1
_DEFAULTS: Final = Settings()


def calibrate(first: bytes, second: bytes, settings: Settings = _DEFAULTS) -> Calibration:
    """Measure the noise between two captures of the same thing and propose limits.

    Raises:
        PictureError: One of them is damaged, unknown or too large.
    """
    a, b = read(first), read(second)
    words_a, words_b = same_size(a, b)
    opaque = a.is_opaque and b.is_opaque and a.words.shape == b.words.shape
    everything = replace(settings, fine_threshold=0, color_threshold=0, antialiasing=False)
    found = masks(words_a, words_b, everything, opaque=opaque)
    delta = deltas(words_a[found.fine], words_b[found.fine], opaque=opaque)
    noise = threshold_of(int(delta.max(initial=0)))
    proposed = _proposed(settings, delta, words_a.size)
    comparison = compare_pictures(a, b, proposed).comparison
    return Calibration(
        found.differing, noise, proposed, comparison, _advice(settings, proposed, comparison)
    )


def _proposed(settings: Settings, delta: Ints, pixels: int) -> Settings:
    ranked = np.sort(delta)
    fine_pixels = int(min(settings.fine_pixels, settings.fine_share * pixels))
    fine = _raised(settings.fine_threshold, ranked, fine_pixels)
    color = _raised(settings.color_threshold, ranked, int(settings.color_share * pixels))
    return replace(settings, fine_threshold=fine, color_threshold=min(color, fine))


def _raised(threshold: float, ranked: Ints, forgiven: int) -> float:
    """Return the threshold that leaves no more pixels than are forgiven anyway."""
    left = int(ranked[-forgiven - 1]) if len(ranked) > forgiven else 0
    if left <= limit(threshold):
        return threshold
    return min(_HIGHEST, round(threshold_of(left) * _MARGIN, 4))


def _advice(settings: Settings, proposed: Settings, comparison: Comparison) -> str:
    if not comparison.is_match:
        return (
            "The two captures differ too much for any limit. Ignore the regions that change, "
            "or freeze them before the capture."
        )
    if proposed == settings:
        return "The present limits accept this noise. Keep them."
    return (
        f"Set fineThreshold to {proposed.fine_threshold} and colorThreshold to"
        f" {proposed.color_threshold} to accept this noise."
    )
