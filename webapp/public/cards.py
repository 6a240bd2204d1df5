"""Pictures of pages for cards elsewhere: 1200 by 630 pixels, drawn from words when asked for.

They exist as soon as the page does, hold no provider's artwork, and are never stored.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from litestar import Response

from domain.infra.threads import in_thread
from webapp import assets
from webapp.edge.asgi_types import Scope, header
from webapp.public.render import CACHE_S

if TYPE_CHECKING:  # loading it costs each start
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
_FONTS = ("inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2")
_MARGIN = 72
_GROUND, _INK, _PALE, _LANE = "#0b0e18", "#f4f6fb", "#a9b2c8", "#05070c"
_EMBER, _ICE = "#ff9b61", "#8fbaff"
_HEATS = ("#2b3146", "#57424a", "#8d5548", "#c87048", "#ff9b61", "#ffd9b5")
_MISSING = "\uffff"  # no font has it
_LINES = 3

Run = tuple["FreeTypeFont", str]


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture shows; positions are shares of its width."""

    title: str
    lead: str
    foot: str = ""
    bars: tuple[float, ...] = ()
    start: float = 0
    end: float = 0


async def answer(scope: Scope, card: Card) -> Response[bytes]:
    """Return the picture, or that the caller has it already."""
    etag = f'"{sha256(repr(card).encode()).hexdigest()[:20]}"'
    kept = {
        "cache-control": f"public, max-age={CACHE_S}",
        "etag": etag,
        "cross-origin-resource-policy": "cross-origin",
    }
    if header(scope, "if-none-match") == etag:
        return Response(b"", status_code=304, headers=kept, media_type="image/jpeg")
    return Response(await in_thread(draw, card), headers=kept, media_type="image/jpeg")


@lru_cache(maxsize=64)
def draw(card: Card) -> bytes:
    """Return a card as JPEG, far below the 250 kB that strict crawlers accept."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (only where it is used)

    image = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    canvas = ImageDraw.Draw(image)
    canvas.ellipse((WIDTH - 420, -260, WIDTH + 260, 420), fill="#141a2c")
    _draw_sign(canvas)
    top = 150
    for line in _wrapped(card.title, 62, 640, WIDTH - 2 * _MARGIN)[:_LINES]:
        _write(canvas, line, 62, 640, (_MARGIN, top), _INK)
        top += 76
    _write(canvas, card.lead, 34, 450, (_MARGIN, top + 14), _PALE)
    _write(canvas, card.foot, 30, 600, (_MARGIN, HEIGHT - 66), _EMBER)
    if card.bars or card.end > card.start:
        _draw_lane(canvas, card)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def _draw_sign(canvas: "ImageDraw") -> None:
    """Draw the brackets and the dot, and the name."""
    for left, side in ((_MARGIN, 1), (_MARGIN + 44, -1)):
        canvas.line(
            ((left + side * 12, 62), (left, 62), (left, 104), (left + side * 12, 104)), _ICE, 6
        )
    canvas.ellipse((_MARGIN + 14, 75, _MARGIN + 30, 91), fill=_EMBER)
    _write(canvas, "Moments", 34, 640, (_MARGIN + 64, 64), _INK)


def _draw_lane(canvas: "ImageDraw", card: Card) -> None:
    left, right, top, bottom = _MARGIN, WIDTH - _MARGIN, HEIGHT - 178, HEIGHT - 86
    canvas.rounded_rectangle((left, top, right, bottom), 14, fill=_LANE)
    step = (right - left) / max(1, len(card.bars))
    for n, height in enumerate(card.bars):
        x, tall = left + n * step, max(3.0, height * (bottom - top - 8))
        color = _HEATS[min(5, int(height * 6))]
        canvas.rectangle((x, bottom - tall, x + max(1, step * 0.7), bottom), fill=color)
    if card.end > card.start:
        x0, x1 = (left + share * (right - left) for share in (card.start, card.end))
        canvas.rounded_rectangle((x0, top - 4, max(x1, x0 + 10), bottom + 4), 10, None, _ICE, 5)


def _write(
    canvas: "ImageDraw", text: str, size: int, weight: int, at: tuple[int, int], color: str
) -> None:
    x = float(at[0])
    for font, run in _runs(_cut(text, size, weight), size, weight):
        canvas.text((x, at[1]), run, color, font)
        x += font.getlength(run)


def _cut(text: str, size: int, weight: int) -> str:
    """Return a text that fits on one line."""
    lines = _wrapped(text, size, weight, WIDTH - 2 * _MARGIN)
    return lines[0] + ("…" if len(lines) > 1 and not lines[0].endswith("…") else "")


def _wrapped(text: str, size: int, weight: int, width: int) -> list[str]:
    """Return the lines of a text; what no font can write is left out."""
    lines: list[str] = []
    for word in text[:400].split():
        written = "".join(run for _, run in _runs(word[:40], size, weight))
        if not written:
            continue
        longer = f"{lines[-1]} {written}" if lines else written
        if lines and _length(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(written)
    if len(lines) > _LINES:
        lines[_LINES - 1] += "…"
    return lines or [""]


def _length(text: str, size: int, weight: int) -> float:
    return sum(font.getlength(run) for font, run in _runs(text, size, weight))


def _runs(text: str, size: int, weight: int) -> Iterator[Run]:
    """Return the stretches of a text that one font can write."""
    current: FreeTypeFont | None = None
    letters = ""
    for letter in text:
        font = _font_of(letter, size, weight)
        if font is None:
            continue
        if font is not current and letters and current is not None:
            yield current, letters
            letters = ""
        current, letters = font, letters + letter
    if letters and current is not None:
        yield current, letters


@lru_cache(maxsize=4096)
def _font_of(letter: str, size: int, weight: int) -> "FreeTypeFont | None":
    if letter == " ":
        return _fonts(size, weight)[0]
    return next((f for f in _fonts(size, weight) if _shape(f, letter) != _shape(f, _MISSING)), None)


def _shape(font: "FreeTypeFont", letter: str) -> tuple[Sequence[int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@cache
def _fonts(size: int, weight: int) -> "list[FreeTypeFont]":
    from PIL import ImageFont  # noqa: PLC0415 (only where it is used)

    made = []
    for name in _FONTS:
        font = ImageFont.truetype(assets.FOLDER / "vendor" / "inter" / name, size)
        font.set_variation_by_axes([weight])
        made.append(font)
    return made
