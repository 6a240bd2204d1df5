"""Drawn pages: text-like bars, a smooth disc, cards; the same on every machine."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # height x width x 3


def page(
    width: int = 480, height: int = 320, *, seed: int = 7, top: int = 40, rows: int = 10
) -> Pixels:
    """Return a page with a bar at the top and rows of words that start at `top`."""
    random = np.random.Generator(np.random.PCG64(seed))
    pixels = np.full((height, width, 3), 250, np.uint8)
    pixels[:24] = (20, 24, 40)
    for row in range(rows):
        x, y = 16, top + row * 22
        while x < width - 80:
            length = 10 + int(random.integers(40))
            shades = random.integers(30, 200, (10, length), np.uint8)
            pixels[y : y + 10, x : x + length] = shades[..., None]
            x += length + 12
    return pixels


def disc(pixels: Pixels, x: float, y: float, radius: float) -> Pixels:
    """Draw a disc with a smooth edge."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    cover = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
    mixed: Pixels = np.rint(pixels * (1 - cover) + np.array([200, 40, 60]) * cover).astype(np.uint8)
    return mixed


def png(pixels: Pixels) -> bytes:
    """Encode pixels."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()
