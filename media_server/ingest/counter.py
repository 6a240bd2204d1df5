"""A frame counter in the image that software can read after H.264 and rescaling.

One row of 40 blocks, clear of the controls of players and cards: 32 bits of the number, most
significant first, and a CRC-8 (polynomial 0x07, initial value 0xA5, so that neither all-dark nor
all-light is valid). Positions are fractions of the image, so any scaling that keeps the aspect
ratio is readable.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

BITS = 40
WIDTH, HEIGHT = 1280, 720  # the frame size that the geometry refers to
BLOCK = 28
LEFT = (WIDTH - BITS * BLOCK) // 2
TOP = 438
_THRESHOLD = 118  # between the luma of a dark and a light block

Image = npt.NDArray[np.uint8]


def _crc8(number: int) -> int:
    crc = 0xA5
    for byte in number.to_bytes(4, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x07 if crc & 0x80 else crc << 1
        crc &= 0xFF
    return crc


def bits(number: int) -> npt.NDArray[np.bool_]:
    """Return the 40 bits that encode a frame's number (modulo 2^32)."""
    number &= 0xFFFFFFFF
    word = (number << 8) | _crc8(number)
    return np.array([(word >> shift) & 1 for shift in range(BITS - 1, -1, -1)], dtype=bool)


def _luma(image: Image) -> npt.NDArray[np.float64]:
    if image.ndim == 2:
        return image.astype(np.float64)
    weighted: npt.NDArray[np.float64] = image[..., :3] @ np.array([0.299, 0.587, 0.114])
    return weighted


def _means(image: Image) -> Iterator[float]:
    height, width = image.shape[:2]
    scale_x, scale_y = width / WIDTH, height / HEIGHT
    top, bottom = (TOP + BLOCK * 0.3) * scale_y, (TOP + BLOCK * 0.7) * scale_y
    rows = _luma(image[int(top) : max(int(top) + 1, round(bottom))])
    for index in range(BITS):
        left = (LEFT + (index + 0.3) * BLOCK) * scale_x
        right = (LEFT + (index + 0.7) * BLOCK) * scale_x
        yield float(rows[:, int(left) : max(int(left) + 1, round(right))].mean())


def read_counter(image: Image) -> int | None:
    """Return the number in an image, or `None` if it has none that checks out.

    Args:
        image: RGB (height, width, 3) or grey (height, width), 8 bits, of the whole frame at any
            size down to about 390 pixels wide.
    """
    word = 0
    for mean in _means(image):
        word = (word << 1) | (mean > _THRESHOLD)
    number, crc = word >> 8, word & 0xFF
    return number if _crc8(number) == crc else None
