"""The demo's image: a night over water, drawn once; each frame repaints only the moving parts.

Planes are YUV 4:2:0 (BT.709, limited range) of 1280x720. Painting a frame copies the still
background and overlays a lantern, a sweeping second hand, the clock's digits, the flash and the
counter.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from media_server.ingest import counter

WIDTH, HEIGHT, FPS = counter.WIDTH, counter.HEIGHT, 30
FLASH_FRAMES = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Plane = npt.NDArray[np.uint8]

_SKY = np.array([[9, 11, 18], [16, 22, 40], [38, 46, 78], [92, 78, 92]], dtype=float)
_WATER = np.array([[24, 32, 58], [10, 13, 24]], dtype=float)
_INK, _INK_DIM = (243, 245, 251), (152, 162, 185)
_EMBER, _ICE = (255, 155, 97), (139, 184, 255)
_HORIZON = 470
_LIGHT, _DARK = 208, 30  # luma of the counter's blocks
_CLOCK = (440, 492)  # left and top of the first digit
_RING = (1130, 130, 62)  # centre x, centre y, radius of the second hand's ring


def _gradient(stops: npt.NDArray[np.float64], rows: int) -> npt.NDArray[np.float64]:
    where = np.linspace(0, len(stops) - 1, rows)
    return np.stack([np.interp(where, range(len(stops)), stops[:, c]) for c in range(3)], axis=1)


def _backdrop() -> Image.Image:
    rng = np.random.default_rng(7)
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:_HORIZON] = _gradient(_SKY, _HORIZON)[:, None]
    picture[_HORIZON:] = _gradient(_WATER, HEIGHT - _HORIZON)[:, None]
    for _ in range(260):  # stars, fewer and fainter towards the horizon
        y, x = int(_HORIZON * rng.random() ** 1.6), int(WIDTH * rng.random())
        picture[y, x] += (1 - y / _HORIZON) * rng.uniform(40, 190)
    for y in range(_HORIZON + 4, HEIGHT - 70, 7):  # glints on the water
        for _ in range(3 + (y - _HORIZON) // 30):
            x, length = int(rng.normal(640, 260)), int(rng.integers(18, 90))
            picture[y : y + 2, max(x, 0) : max(x + length, 0)] += rng.uniform(6, 26)
    picture += rng.normal(0, 1.1, (HEIGHT, WIDTH, 1))  # dither: no banding in the gradients
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def _hills(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    for base, height, wave, colour in (
        (_HORIZON, 96, 0.9, (23, 28, 48)),
        (_HORIZON, 58, 2.1, (13, 17, 30)),
    ):
        ridge = [
            (x, base - height * (0.55 + 0.3 * math.sin(wave * x / 190) + 0.15 * math.sin(x / 47)))
            for x in range(0, WIDTH + 8, 8)
        ]
        draw.polygon([(0, base), *ridge, (WIDTH, base)], fill=colour)


def _words(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    middle = WIDTH // 2  # corners and the lower edge are for the controls of players and cards
    title, small = ImageFont.load_default(54), ImageFont.load_default(24)
    draw.text((middle, 160), "moments", font=title, fill=_INK, anchor="mm")
    draw.text((middle, 208), "demo stream", font=small, fill=_INK_DIM, anchor="mm")
    draw.text((_CLOCK[0] - 56, _CLOCK[1] + 8), "UTC", font=small, fill=_INK_DIM)
    x, y, radius = _RING
    box = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse(box, outline=(106, 117, 144), width=2)
    draw.rectangle(
        (counter.LEFT - 6, counter.TOP - 6, WIDTH - counter.LEFT + 5, counter.TOP + 33),
        fill=(9, 11, 18),
    )


def _planes(image: Image.Image) -> tuple[Plane, Plane, Plane]:
    """Convert RGB to limited-range BT.709 4:2:0."""
    rgb = np.asarray(image, dtype=np.float64)
    y = 16 + rgb @ np.array([0.1826, 0.6142, 0.0620])
    u = 128 + rgb @ np.array([-0.1006, -0.3386, 0.4392])
    v = 128 + rgb @ np.array([0.4392, -0.3989, -0.0403])
    half_u, half_v = (p.reshape(p.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)) for p in (u, v))
    y, u, v = (p.round().clip(0, 255).astype(np.uint8) for p in (y, half_u, half_v))
    return y, u, v


def _glow(radius: int, colour: tuple[int, int, int]) -> tuple[Image.Image, Image.Image]:
    """Return a disc of light and its mask."""
    size = radius * 6
    mask = Image.new("L", (size, size), 0)
    box = (size // 2 - radius, size // 2 - radius, size // 2 + radius, size // 2 + radius)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    halo = mask.filter(ImageFilter.GaussianBlur(radius * 0.9))
    return Image.new("RGB", (size, size), colour), Image.fromarray(
        np.maximum(np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5))), np.asarray(halo) // 2)
    )


@dataclass(frozen=True)
class _Sprite:
    """An image with a mask, as planes; masks are 0 to 256."""

    planes: tuple[Plane, Plane, Plane]
    masks: tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]

    def paint(self, target: tuple[Plane, Plane, Plane], x: int, y: int) -> None:
        """Blend onto a frame at an even position inside it."""
        for index, (into, ours) in enumerate(zip(target, self.planes, strict=True)):
            scale, mask = (1, self.masks[0]) if index == 0 else (2, self.masks[1])
            height, width = ours.shape
            part = into[y // scale : y // scale + height, x // scale : x // scale + width]
            part[:] = (ours * mask + part * (256 - mask)) >> 8


def _sprite(picture: Image.Image, mask: Image.Image) -> _Sprite:
    full = np.asarray(mask).astype(np.uint16)
    half = full.reshape(full.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)).astype(np.uint16)
    return _Sprite(_planes(picture), (full + (full > 127), half + (half > 127)))


def _digits() -> dict[str, Plane]:
    font = ImageFont.load_default(34)
    glyphs = {}
    for character in "0123456789:.- ":
        cell = Image.new("RGB", (22 if character.isdigit() else 12, 40), (22, 29, 52))
        ImageDraw.Draw(cell).text(
            (cell.width / 2, 20), character, font=font, fill=_INK, anchor="mm"
        )
        glyphs[character] = _planes(cell)[0]
    return glyphs


class DemoPicture:
    """Paints the demo's frames."""

    def __init__(self) -> None:
        image = _backdrop()
        _hills(image)
        _words(image)
        self._still = _planes(image)
        self._lantern = _sprite(*_glow(30, _EMBER))
        self._hand = _sprite(*_glow(6, _ICE))
        self._glyphs = _digits()
        self._flash = (slice(72, 188), slice(1072, 1188))
        y, x = np.ogrid[:116, :116]
        self._disc = (x - 58) ** 2 + (y - 58) ** 2 < 50**2

    def paint(self, number: int) -> tuple[Plane, Plane, Plane]:
        """Return the planes of the frame shown `number / 30` seconds after the epoch."""
        planes = (self._still[0].copy(), self._still[1].copy(), self._still[2].copy())
        angle = 2 * math.pi * (number % (FPS * 24)) / (FPS * 24)
        x = int(560 + 430 * math.cos(angle)) // 2 * 2
        y = int(250 - 90 * math.sin(2 * angle)) // 2 * 2
        self._lantern.paint(planes, x, y)
        self._paint_second(planes, number % FPS)
        self._paint_clock(planes[0], number)
        self._paint_counter(planes[0], number)
        return planes

    def _paint_second(self, planes: tuple[Plane, Plane, Plane], frame: int) -> None:
        if frame < FLASH_FRAMES:
            planes[0][self._flash][self._disc] = 235
        angle = 2 * math.pi * frame / FPS
        centre_x, centre_y, radius = _RING
        x = int(centre_x + radius * math.sin(angle)) - 18
        y = int(centre_y - radius * math.cos(angle)) - 18
        self._hand.paint(planes, x // 2 * 2, y // 2 * 2)

    def _paint_clock(self, luma: Plane, number: int) -> None:
        instant = _EPOCH + timedelta(microseconds=round(number * 1_000_000 / FPS))
        x, y = _CLOCK
        for character in f"{instant:%Y-%m-%d  %H:%M:%S}.{instant.microsecond // 1000:03}":
            glyph = self._glyphs[character]
            luma[y : y + glyph.shape[0], x : x + glyph.shape[1]] = glyph
            x += glyph.shape[1]

    @staticmethod
    def _paint_counter(luma: Plane, number: int) -> None:
        row = np.where(counter.bits(number), _LIGHT, _DARK).astype(np.uint8)
        blocks = np.repeat(row, counter.BLOCK)
        left = counter.LEFT
        luma[counter.TOP : counter.TOP + counter.BLOCK, left : left + len(blocks)] = blocks
