"""How different two colours look: YIQ, in whole numbers.

Y. Kotsarenko and F. Ramos, "Measuring perceived color difference using YIQ NTSC transmission color
space in mobile applications" (2010). The weighted squares of the three differences are one
quadratic form of the differences in red, green and blue; its coefficients are scaled to integers.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.commits.visual.pictures import Words

Ints = NDArray[np.int32]

_TO_YIQ: Final = np.array(
    [
        [0.29889531, 0.58662247, 0.11448223],
        [0.59597799, -0.27417610, -0.32180189],
        [0.21147017, -0.52261711, 0.31114694],
    ]
)
_WEIGHTS: Final = np.array([0.5053, 0.299, 0.1957])
_LARGEST: Final = 35215  # of black and white
_SCALE: Final = 1 << 14  # the largest delta stays below 2^31
_FORM: Final = np.rint(_TO_YIQ.T * _WEIGHTS @ _TO_YIQ * _SCALE).astype(int).tolist()
_LUMA: Final = np.rint(_TO_YIQ[0] * (1 << 22)).astype(int).tolist()


def limit(threshold: float) -> int:
    """Return the delta that a threshold of 0 to 1 allows."""
    return int(_LARGEST * threshold * threshold * _SCALE)


def threshold_of(delta: int) -> float:
    """Return the smallest threshold that allows a delta."""
    return float((delta / _SCALE / _LARGEST) ** 0.5)


def deltas(before: Words, after: Words, *, opaque: bool) -> Ints:
    """Return the delta of each pair of pixels; of transparent ones, on black or white."""
    a, b = _channels(before), _channels(after)
    if opaque:
        return _form(a[0] - b[0], a[1] - b[1], a[2] - b[2])
    alpha = a[3] - b[3]
    on_black = [_faded(x, a[3]) - _faded(y, b[3]) for x, y in zip(a[:3], b[:3], strict=True)]
    red, green, blue = on_black
    on_white = _form(red - alpha, green - alpha, blue - alpha)
    return np.maximum(_form(red, green, blue), on_white)


def luma(words: Words, *, opaque: bool) -> Ints:
    """Return the brightness of pixels, on white."""
    red, green, blue, alpha = _channels(words)
    if not opaque:
        red, green, blue = (_faded(c, alpha) + 255 - alpha for c in (red, green, blue))
    red *= _LUMA[0]
    green *= _LUMA[1]
    blue *= _LUMA[2]
    red += green
    red += blue
    return red


def _channels(words: Words) -> list[Ints]:
    """Return red, green, blue and alpha; on our platforms the first byte is the lowest."""
    signed = np.ascontiguousarray(words).view(np.int32)
    return [signed & 255, signed >> 8 & 255, signed >> 16 & 255, signed >> 24 & 255]


def _faded(channel: Ints, alpha: Ints) -> Ints:
    faded: Ints = (channel * alpha + 127) // 255
    return faded


def _form(red: Ints, green: Ints, blue: Ints) -> Ints:
    (rr, rg, rb), (_, gg, gb), (_, _, bb) = _FORM
    total: Ints = red * rr + green * (2 * rg) + blue * (2 * rb)
    total *= red
    rest = green * gg + blue * (2 * gb)
    rest *= green
    total += rest
    total += blue * blue * bb
    return total
